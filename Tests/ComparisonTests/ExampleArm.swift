import Comparison
import Features
import Randomness
import Shards

/// An arm with features drawn from normal distributions, small enough to measure in no time.
enum ExampleArm {
  static let space = FeatureSpace(
    layers: [.init(name: "example-6"), .init(name: "example-9")], resize: "none", weights: "w")
  static let (real, each) = (80, 40)

  /// Features of images whose ids begin at `first`.
  static func features(_ count: Int, first: Int = 0, mean: Float, stream: UInt64) -> LoadedFeatures {
    var random = RandomStream(seed: 5, purpose: "test.comparison", stream)
    let table = FeatureTable(
      sampleIDs: (first..<first + count).map { UInt64($0) }, labels: [UInt32](repeating: 0, count: count),
      features: random.normals(count * space.dimension).map { $0 + mean }, dimension: space.dimension,
      extractor: space.description)
    return LoadedFeatures(table, space, inputs: [])
  }

  /// Samples of one sampling seed on a grid of 2×2.
  static func samples(seed: UInt64) -> SampleTable {
    let count = each
    var random = RandomStream(seed: 6, purpose: "test.comparison", seed)
    return SampleTable(
      sampleIDs: (0..<count).map { seed * 1000 + UInt64($0) }, labels: [UInt32](repeating: 0, count: count),
      tokens: (0..<count * 4).map { _ in UInt16(random.below(3)) },
      orders: (0..<count).flatMap { _ in random.permutation(4).map { UInt16($0) } },
      confidences: [Float](repeating: 0, count: count * 4), images: [UInt8](repeating: 0, count: count * 4),
      imageHeight: 2, imageWidth: 2, imageChannels: 1, gridHeight: 2, gridWidth: 2, classNames: ["a", "b"],
      arm: "example", seed: seed)
  }

  static let tokens = TokenTable(
    sampleIDs: [0, 1], labels: [0, 1], tokens: [0, 1, 1, 2, 1, 0, 1, 2], gridHeight: 2, gridWidth: 2,
    codebookSize: 3, codebook: "c", classNames: ["a", "b"], split: "test")
}
