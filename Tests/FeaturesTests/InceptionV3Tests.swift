import Features
import Foundation
import Images
import Kernels
import TestSupport
import Testing

/// The network of `Fixtures/inception-det`, with weights by a formula.
@Suite(.serialized) struct InceptionV3Tests {
  private typealias Weights = [String: (shape: [Int], values: [Float])]

  private static let weights = Result { try FormulaWeights().tensors }
  private static let network = Result { try InceptionV3(tensors: try weights.get()) }

  private func network() throws -> InceptionV3 {
    // From here on OpenBLAS computes with one thread, in whatever order tests run.
    Parallel.configure(threads: 1)
    return try Self.network.get()
  }

  @Test func `the formula is the fixture's`() {
    let seed = FormulaWeights.seed("Conv2d_1a_3x3.conv.weight")
    #expect(seed == 12_840_869_570_030_159_261)
    #expect(FormulaWeights.uniform(seed, 0) == 0.33879613876342773)
    #expect(FormulaWeights.uniform(seed, 3) == 0.8699691295623779)
  }

  @Test(arguments: InceptionPipeline.allCases)
  func `features of every pipeline are the reference's`(_ pipeline: InceptionPipeline) throws {
    let file = try FixtureFile(named: "inception-det")
    let key: String
    switch pipeline {
    case .cleanFID: key = "clean"
    case .pytorchFID: key = "pytorch_fid"
    case .torchFidelity: key = "tf1"
    }
    let layers: [(InceptionV3.Layer, String)] = [
      (.mean(.pooling1), "64"), (.mean(.pooling2), "192"), (.mean(.mixed6e), "768"),
      (.mean(.mixed7c), "2048"), (.logitsWithoutBias, "logits_unbiased"), (.logits, "logits"),
    ]
    let images = [EfficientNetLite0Tests.image(0), EfficientNetLite0Tests.image(1)]
    let network = try network()
    let found = network.features(of: images, through: pipeline, at: layers.map(\.0))
    for image in 0..<2 {
      for (index, (layer, name)) in layers.enumerated() {
        let values = found[index][image * layer.dimension..<(image + 1) * layer.dimension]
        expectAgreement(
          "image \(image), \(layer.name) by \(key)", values, file.floats("image\(image).\(key).\(name)"),
          within: 2e-5)
      }
      let input = pipeline.input(images[image])
      #expect(input.shape == [299, 299, 3])
      let sampled = (0..<3 * 23 * 23).map { index in
        input[((index / 23 % 23) * 13 * 299 + index % 23 * 13) * 3 + index / (23 * 23)]
      }
      expectAgreement(
        "image \(image), input by \(key)", sampled, file.floats("image\(image).\(key).input_ds"), within: 2e-5
      )
    }
  }

  @Test func `every stage's output is the reference's, and the spatial features are of stage 6d`() throws {
    let file = try FixtureFile(named: "inception-det")
    let layers = InceptionV3.Stage.allCases.map { InceptionV3.Layer.mean($0) } + [.spatial]
    let found = try network().features(
      of: [EfficientNetLite0Tests.image(1)], through: .torchFidelity, at: layers)
    for (stage, values) in zip(InceptionV3.Stage.allCases, found) {
      expectAgreement("\(stage)", values, file.floats("stage.image1.tf1.\(stage.rawValue)"), within: 2e-5)
    }
    let spatial = try #require(found.last)
    #expect(spatial.count == 2023)
    let means = (0..<7).map { channel in
      stride(from: channel, to: spatial.count, by: 7).reduce(Float(0)) { $0 + spatial[$1] } / 289
    }
    expectAgreement(
      "spatial means", means, file.floats("stage.image1.tf1.Mixed_6d").prefix(7), within: 2e-5)
  }

  @Test func `an image's features depend neither on its company nor on the threads`() throws {
    let network = try network()
    let images = (0..<3).map { index in
      Image(width: 5, height: 5, channels: 1, pixels: (0..<25).map { UInt8(($0 * (index + 3) * 11) % 256) })
    }
    let layers = InceptionV3.Layer.named
    let together = network.features(of: images, through: .cleanFID, at: layers)
    for (layer, values) in zip(layers, together) {
      let alone = network.features(of: [images[2]], through: .cleanFID, at: [layer])[0]
      let equal = alone == Array(values.suffix(layer.dimension))
      #expect(equal, "\(layer.name)")
    }
    let (_, others) = ThreadCounts.results(attempts: 1) {
      network.features(of: images, through: .cleanFID, at: layers)
    }
    for other in others { Issue.record("\(other.threads) threads give other features") }
    Parallel.configure(threads: 1)
    let colour = network.features(of: [images[0].converted(channels: 3)], through: .cleanFID, at: [layers[0]])
    let replicated = colour[0] == Array(together[0].prefix(layers[0].dimension))
    #expect(replicated)
    let nothing = network.features(of: [], through: .cleanFID, at: layers).allSatisfy { $0.isEmpty }
    #expect(nothing)
  }

  @Test func `the names are those of the official weights`() throws {
    let official = try FormulaWeights().shapes
    var expected = InceptionV3.tensorShapes
    for name in InceptionV3.optionalNames { expected[name] = [] }
    #expect(expected == official)
    // The published network takes 5.7 billion multiply-adds.
    #expect(abs(InceptionV3.operations / 2 / 5.7e9 - 1) < 0.01)
  }

  @Test func `layers are known by their names`() {
    #expect(
      InceptionV3.Layer.named.map(\.name) == [
        "inception-2015-12-05-64", "inception-2015-12-05-192", "inception-2015-12-05-768",
        "inception-2015-12-05-2048", "inception-2015-12-05-spatial-2023", "inception-2015-12-05-logits-1008",
      ])
    #expect(InceptionV3.Layer(named: "inception-2015-12-05-2048") == .mean(.mixed7c))
    #expect(InceptionV3.Layer(named: "inception-2015-12-05-Mixed_5b-256") == nil)
  }

  /// What making a network of changed weights says.
  private func refusal(_ change: (inout Weights) -> Void) throws -> String {
    var weights = try Self.weights.get()
    change(&weights)
    do {
      _ = try InceptionV3(tensors: weights)
      return "the weights were accepted"
    } catch { return "\(error)" }
  }

  @Test func `weights that do not fit are refused with all names that differ`() throws {
    let changed = try refusal { weights in
      weights["Conv2d_1a_3x3.bn.bias"] = nil
      weights["Mixed_5b.branch1x1.conv.weight"]?.shape = [64, 192]
      weights["extra"] = ([1], [0])
    }
    #expect(changed.contains("missing Conv2d_1a_3x3.bn.bias; not expected extra; misshapen Mixed_5b."))
    #expect(changed.contains("branch1x1.conv.weight [64, 192] instead of [64, 192, 1, 1]"))
    let torchvision = try refusal { weights in
      weights["fc.weight"] = ([1000, 2048], [Float](repeating: 0, count: 2_048_000))
      weights["AuxLogits.fc.weight"] = ([1000, 768], [])
    }
    #expect(
      torchvision.contains("torchvision's own Inception (fc.weight [1000, 2048], 1 tensors AuxLogits.*)"))
    let negative = try refusal { $0["Mixed_7a.branch3x3_1.bn.running_var"]?.values[5] = -1 }
    #expect(negative.contains("output 5 of the convolution Mixed_7a.branch3x3_1"), "\(negative)")
    let counted = try refusal { $0["Conv2d_1a_3x3.bn.num_batches_tracked"] = ([], [3]) }
    #expect(counted == "the weights were accepted")
  }
}
