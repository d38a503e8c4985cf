import Features
import Images
import Kernels
import Models
import Randomness

/// The image tokenizer of the preset `fashion` and the feature network, with random weights.
struct VisionWorks {
  /// Images of one repetition.
  let images: Int

  var all: [Work] { [encoding, decoding, features] }

  private static let configuration = ImageTokenizerConfiguration(
    imageSize: 28, imageChannels: 1, encoder: .patch, channels: 16, multipliers: [1, 2, 4], residualBlocks: 1,
    attention: false, groups: 8, latentChannels: 32, patchWidth: 128, codes: 512, codeWidth: 16)

  private static func tokenizer() -> ImageTokenizer {
    let tokenizer = ImageTokenizer(configuration: configuration)
    tokenizer.initialise(seed: 1)
    return tokenizer
  }

  private var encoding: Work {
    let images = images
    return work(
      "encode", "tokenizer encode, \(images) images of 28x28",
      operations: ImageTokenizer(configuration: Self.configuration).encodingOperations
    ) {
      let tokenizer = Self.tokenizer()
      var stream = RandomStream(seed: 4, purpose: "benchmark.pixels")
      let pixels = (0..<images * Self.configuration.imageValues).map { _ in Float(2 * stream.uniform() - 1) }
      return { _ = tokenizer.encode(images: pixels, count: images) }
    }
  }

  private var decoding: Work {
    let images = images
    return work(
      "decode", "tokenizer decode, \(images) images of 28x28",
      operations: ImageTokenizer(configuration: Self.configuration).decodingOperations
    ) {
      let tokenizer = Self.tokenizer()
      var stream = RandomStream(seed: 5, purpose: "benchmark.codes")
      let codes = (0..<images * Self.configuration.locations).map { _ in
        stream.below(Self.configuration.codes)
      }
      return { _ = tokenizer.decode(codes: codes, count: images) }
    }
  }

  private var features: Work {
    let images = images
    return work(
      "features", "feature extraction, \(images) images", operations: EfficientNetLite0.operations
    ) {
      let network = try Self.featureNetwork()
      var stream = RandomStream(seed: 6, purpose: "benchmark.pictures")
      let pictures = (0..<images).map { _ in
        Image(
          width: 28, height: 28, channels: 1, pixels: (0..<28 * 28).map { _ in UInt8(stream.below(256)) })
      }
      return { _ = network.features(of: pictures, at: [.pooled]) }
    }
  }

  /// Weights of a size that keeps activations in range; which ones does not matter to the time.
  private static func featureNetwork() throws -> EfficientNetLite0 {
    var tensors = [String: (shape: [Int], values: [Float])]()
    for (index, (name, shape)) in EfficientNetLite0.tensorShapes.sorted(by: { $0.key < $1.key }).enumerated()
    {
      var stream = RandomStream(seed: 7, purpose: "benchmark.network", UInt64(index))
      let count = shape.reduce(1, *)
      let inputs = shape.count > 1 ? shape.dropLast().reduce(1, *) : 1
      let deviation = (2 / Double(max(inputs, 1))).squareRoot()
      tensors[name] = (shape, stream.normals(count, deviation: shape.count > 1 ? deviation : 0.1))
    }
    return try EfficientNetLite0(tensors: tensors)
  }

  private func work(
    _ id: String, _ name: String, operations: Double, _ prepare: @escaping () throws -> () throws -> Void
  ) -> Work {
    Work(
      id: id, name: name, amount: Double(images), unit: "images/s", operations: Double(images) * operations,
      precisions: [.float32], peer: nil
    ) { _ in try prepare() }
  }
}
