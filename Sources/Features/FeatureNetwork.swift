import Images
import Shards

/// A network that turns images into features, with its identity.
public protocol FeatureNetwork {
  /// The layers whose features stand side by side in a row, the resizing and the weights.
  var space: FeatureSpace { get }
  /// The weights file.
  var input: Provenance.Input { get }
  /// Images that go through the network between two looks at whether to stop.
  var portion: Int { get }

  /// The features of each layer of the space: (images, dimension of the layer).
  func layers(of images: [Image]) -> [[Float]]
}

extension FeatureNetwork {
  /// The features of all images, layers side by side.
  ///
  /// Images go through the network in portions that do not depend on how they are divided into stretches, and so
  /// neither does a bit of the result.
  /// - Parameter afterEach: called with the number of images just done; throws to stop.
  public func table(of source: some FeatureSource, afterEach: (Int) throws -> Void) throws -> FeatureTable {
    var (sampleIDs, labels, values) = ([UInt64](), [UInt32](), [Float]())
    values.reserveCapacity(source.count * space.dimension)
    var waiting = [Image]()
    try source.forEachStretch { stretch in
      sampleIDs += stretch.sampleIDs
      labels += stretch.labels
      waiting += stretch.images
      let whole = waiting.count - waiting.count % portion
      values += try features(of: Array(waiting[..<whole]), afterEach: afterEach)
      waiting.removeFirst(whole)
    }
    values += try features(of: waiting, afterEach: afterEach)
    return FeatureTable(
      sampleIDs: sampleIDs, labels: labels, features: values, dimension: space.dimension,
      extractor: space.description)
  }

  /// All layers of every image side by side: (images, space.dimension).
  private func features(of images: [Image], afterEach: (Int) throws -> Void) throws -> [Float] {
    var result = [Float]()
    result.reserveCapacity(images.count * space.dimension)
    let dimensions = space.layers.map(\.dimension)
    for start in stride(from: 0, to: images.count, by: portion) {
      let part = Array(images[start..<min(start + portion, images.count)])
      let parts = layers(of: part)
      for image in part.indices {
        for (dimension, values) in zip(dimensions, parts) {
          result += values[image * dimension..<(image + 1) * dimension]
        }
      }
      try afterEach(part.count)
    }
    return result
  }
}
