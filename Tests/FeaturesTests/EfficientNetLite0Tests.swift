import Features
import Foundation
import Images
import Kernels
import TestSupport
import Testing

@Suite(.serialized) struct EfficientNetLite0Tests {
  /// Where `data/efficientnet-lite0/fetch` puts the weights.
  static let weights = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "data/efficientnet-lite0/efficientnet-lite0.safetensors")
  static let isHere = FileManager.default.fileExists(atPath: weights.path)
  static let absent: Comment =
    "NOT TESTED: EfficientNet-Lite0's published weights are not here; data/efficientnet-lite0/fetch gets them"

  static func network() throws -> EfficientNetLite0 {
    // From here on OpenBLAS computes with one thread, in whatever order tests run.
    Parallel.configure(threads: 1)
    let file = try FixtureFile(url: weights)
    return try EfficientNetLite0(
      tensors: Dictionary(
        uniqueKeysWithValues: file.keys.map { ($0, (file.shape($0), file.floats($0))) }))
  }

  /// The two images of the fixture: a gradient with a disc, 64×48, and patterns, 320×352.
  static func image(_ index: Int) -> Image {
    let (width, height) = index == 0 ? (64, 48) : (320, 352)
    var pixels = [UInt8]()
    for y in 0..<height {
      for x in 0..<width {
        if index == 0 {
          let (dx, dy, radius) = (2 * x - width + 1, 2 * y - height + 1, height * 4 / 5)
          pixels.append(UInt8(x * 255 / (width - 1)))
          pixels.append(UInt8(y * 255 / (height - 1)))
          pixels.append(dx * dx + dy * dy < radius * radius ? 230 : 25)
        } else {
          pixels.append(UInt8((3 * x * y + 17 * x) % 256))
          pixels.append(UInt8((x ^ y) * 5 % 256))
          pixels.append(UInt8((x / 8 + y / 8) % 2 == 0 ? (2 * x + y) % 256 : 255 - (2 * y + x) % 256))
        }
      }
    }
    return Image(width: width, height: height, channels: 3, pixels: pixels)
  }

  /// Weights by a formula (`Fixtures/lite0/make_lite0_fixture.py`), so that the architecture is tested wherever the
  /// published weights are not.
  static func formulaNetwork() throws -> EfficientNetLite0 {
    Parallel.configure(threads: 1)
    return try EfficientNetLite0(
      tensors: Dictionary(
        uniqueKeysWithValues: EfficientNetLite0.tensorShapes.map { name, shape in
          let seed = FormulaWeights.seed(name)
          let range = ((name.contains("project") ? 3 : 6) / Double(shape.dropLast().reduce(1, *)))
            .squareRoot()
          let values = (0..<shape.reduce(1, *)).map { index -> Float in
            let u = FormulaWeights.uniform(seed, index)
            return Float(name.hasSuffix(".bias") ? (u - 0.5) * 0.2 : (2 * u - 1) * range)
          }
          return (name, (shape, values))
        }))
  }

  @Test func `every block's output with weights by a formula is the reference's`() throws {
    let file = try FixtureFile(named: "lite0-det")
    let layers = (0..<16).map { EfficientNetLite0.Layer.block($0) } + [.pooled]
    let found = try Self.formulaNetwork().features(of: [Self.image(0), Self.image(1)], at: layers)
    for (layer, values) in zip(layers, found) {
      for image in 0..<2 {
        let key = if case .block(let index) = layer { "block\(index)" } else { "1280" }
        expectAgreement(
          "\(layer.name) by formula", values[image * layer.dimension..<(image + 1) * layer.dimension],
          file.floats("image\(image).\(key)"), within: 2e-5)
      }
    }
  }

  @Test func `inputs are resized and scaled as the reference's`() throws {
    let file = try FixtureFile(named: "lite0-features")
    for image in 0..<2 {
      let input = EfficientNetLite0.input(Self.image(image))
      let sampled = (0..<3 * 18 * 18).map { index in
        input[((index / 18 % 18) * 13 * 224 + index % 18 * 13) * 3 + index / (18 * 18)] * 128 + 127
      }
      expectAgreement("resized input", sampled, file.floats("image\(image).input_ds"), within: 2e-6)
    }
  }

  @Test(.enabled(if: isHere, absent))
  func `features at every depth are the reference's`() throws {
    let file = try FixtureFile(named: "lite0-features")
    let layers: [(EfficientNetLite0.Layer, String)] = [
      (.block(4), "block4"), (.block(10), "block10"), (.block(15), "block15"), (.pooled, "1280"),
    ]
    let found = try Self.network().features(of: [Self.image(0), Self.image(1)], at: layers.map(\.0))
    for (index, (layer, key)) in layers.enumerated() {
      for image in 0..<2 {
        expectAgreement(
          "\(layer.name) of image \(image)",
          found[index][image * layer.dimension..<(image + 1) * layer.dimension],
          file.floats("image\(image).lite0.\(key)"), within: 2e-5)
      }
    }
  }

  /// The network stops before the classifier; its weights are converted all the same, and tell whether the pooled
  /// features are in the order that ImageNet's classes read them in.
  @Test(.enabled(if: isHere, absent))
  func `the published classifier on pooled features gives the reference's logits`() throws {
    let (file, weights) = (try FixtureFile(named: "lite0-features"), try FixtureFile(url: Self.weights))
    let (matrix, bias) = (weights.floats("fc.weight"), weights.floats("fc.bias"))
    for image in 0..<2 {
      let features = try Self.network().features(of: [Self.image(image)], at: [.pooled])[0]
      let logits = (0..<1000).map { output in
        Float(
          features.indices.reduce(Double(bias[output])) {
            $0 + Double(features[$1]) * Double(matrix[$1 * 1000 + output])
          })
      }
      expectAgreement(
        "logits of image \(image)", logits, file.floats("image\(image).lite0.logits"), within: 2e-5)
    }
  }

  @Test func `an image's features depend neither on its company nor on the threads`() throws {
    let network = try Self.formulaNetwork()
    let images = (0..<11).map { index in
      Image(width: 5, height: 5, channels: 1, pixels: (0..<25).map { UInt8(($0 * (index + 3) * 11) % 256) })
    }
    let layers: [EfficientNetLite0.Layer] = [.block(10), .pooled]
    let together = network.features(of: images, at: layers)
    for (index, layer) in layers.enumerated() {
      let alone = network.features(of: [images[9]], at: [layer])[0]
      let row = together[index][9 * layer.dimension..<10 * layer.dimension]
      expectAgreement("\(layer.name) alone", row, alone, within: 1e-5)
    }
    Parallel.configure(threads: 2)
    defer { Parallel.configure(threads: 1) }
    let shared = network.features(of: images, at: layers)
    let equal = shared == together
    #expect(equal)
  }

  @Test func `grey images count as colour images of equal channels`() throws {
    let network = try Self.formulaNetwork()
    let grey = Image(width: 4, height: 4, channels: 1, pixels: (0..<16).map { UInt8($0 * 15) })
    let colour = grey.converted(channels: 3)
    let equal =
      network.features(of: [grey], at: [.block(10)]) == network.features(of: [colour], at: [.block(10)])
    #expect(equal)
  }

  @Test func `the network costs what its authors say`() {
    // They publish 407 million multiply-adds; batch norms and the classifier are among them, but not here.
    let share = EfficientNetLite0.operations / 2 / 407e6
    #expect(share > 0.93 && share < 1)
  }

  @Test func `layers are known by their names`() {
    #expect(EfficientNetLite0.Layer.block(10).name == "lite0-block10-112")
    #expect(EfficientNetLite0.Layer(named: "lite0-1280") == .pooled)
    #expect(EfficientNetLite0.Layer(named: "lite0-block10-112") == .block(10))
    #expect(EfficientNetLite0.Layer(named: "inception") == nil)
  }

  @Test func `weights of another network are refused with the names that differ`() {
    do {
      _ = try EfficientNetLite0(tensors: [
        "stem.weight": ([3, 3, 3, 16], [Float](repeating: 0, count: 432)), "AuxLogits.weight": ([1], [0]),
      ])
      Issue.record("the weights were accepted")
    } catch {
      let text = "\(error)"
      #expect(text.contains("AuxLogits.weight"))
      #expect(text.contains("stem.weight [3, 3, 3, 16] instead of [3, 3, 3, 32]"))
      #expect(text.contains("blocks.0.dw.bias"))
    }
  }
}
