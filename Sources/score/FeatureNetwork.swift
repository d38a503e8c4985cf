import Checkpoints
import Foundation
import Images
import Metrics
import Shards
import StageKit

/// The feature network of a configuration, with its identity.
struct FeatureNetwork {
  let network: EfficientNetLite0
  let layers: [EfficientNetLite0.Layer]
  let extractor: Extractor
  let input: Provenance.Input

  /// Images that go through the network between two calls of `afterEach`.
  private static let portion = 64

  /// How to get the network.
  static let advice = "Run data/efficientnet-lite0/fetch, or set score.network to its place."

  /// - Parameters:
  ///   - path: a safetensors file; `data/efficientnet-lite0/README.md` says which.
  ///   - layers: names of the layers.
  /// - Throws: exit code 66 without a network, `CheckpointError` or `MetricError.wrongNetwork` for a bad
  ///   file.
  init(at path: String, layers names: [String]) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      let place = path.isEmpty ? "score.network is empty" : "\(path) does not exist"
      throw StageError(.missingInput, "There is no feature network: \(place). \(Self.advice)")
    }
    layers = names.compactMap { EfficientNetLite0.Layer(named: $0) }
    let hash = SHA256.hex(try ReadableFile.bytes(of: path))
    extractor = Extractor(layers: layers, weights: hash)
    input = Provenance.Input(
      role: "network", name: URL(filePath: path).lastPathComponent, contentID: hash)
    let file = try Safetensors(reading: path)
    network = try EfficientNetLite0(
      tensors: Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, ($0.shape, $0.floats)) }))
  }

  /// All layers of every image side by side: (images, extractor.dimension).
  /// - Parameter afterEach: called with the number of images just done; throws to stop.
  func features(of images: [Image], afterEach: (Int) throws -> Void) throws -> [Float] {
    var result = [Float]()
    result.reserveCapacity(images.count * extractor.dimension)
    for start in stride(from: 0, to: images.count, by: Self.portion) {
      let part = Array(images[start..<min(start + Self.portion, images.count)])
      let parts = network.features(of: part, at: layers)
      for image in part.indices {
        for (layer, values) in zip(layers, parts) {
          result += values[image * layer.dimension..<(image + 1) * layer.dimension]
        }
      }
      try afterEach(part.count)
    }
    return result
  }
}
