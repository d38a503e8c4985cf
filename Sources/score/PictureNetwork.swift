import Images
import Shards

/// A network that turns images into features.
protocol PictureNetwork {
  /// Names the layers whose features stand side by side in a row, the resizing and the weights.
  var extractor: Extractor { get }
  /// The weights file.
  var input: Provenance.Input { get }
  /// Images that go through the network between two looks at whether to stop.
  var portion: Int { get }

  /// The features of each layer of the extractor: (images, dimension of the layer).
  func layers(of images: [Image]) -> [[Float]]
}

extension PictureNetwork {
  /// All layers of every image side by side: (images, extractor.dimension).
  /// - Parameter afterEach: called with the number of images just done; throws to stop.
  func features(of images: [Image], afterEach: (Int) throws -> Void) throws -> [Float] {
    var result = [Float]()
    result.reserveCapacity(images.count * extractor.dimension)
    let dimensions = extractor.layers.map(\.dimension)
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
