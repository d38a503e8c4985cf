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

  /// Images that go through the network between two looks at the progress and at stop requests.
  private static let portion = 64

  /// How to get the network.
  static let advice = "Run data/efficientnet-lite0/fetch, or set score.network to its place."

  /// The network's place, if the configuration names one that is there.
  static func isAvailable(_ settings: ScoreSection) -> Bool {
    !settings.network.isEmpty && FileManager.default.fileExists(atPath: settings.network)
  }

  /// - Throws: exit code 66 without a network, `CheckpointError` or `MetricError.wrongNetwork` for a bad file.
  init(_ settings: ScoreSection) throws {
    guard Self.isAvailable(settings) else {
      let place = settings.network.isEmpty ? "score.network is empty" : "\(settings.network) does not exist"
      throw StageError(.missingInput, "There is no feature network: \(place). \(Self.advice)")
    }
    layers = settings.layers.compactMap { EfficientNetLite0.Layer(named: $0) }
    let hash = SHA256.hex(try ReadableFile.bytes(of: settings.network))
    extractor = Extractor(layers: layers, weights: hash)
    input = Provenance.Input(
      role: "network", name: URL(filePath: settings.network).lastPathComponent, contentID: hash)
    let file = try Safetensors(reading: settings.network)
    network = try EfficientNetLite0(
      tensors: Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, ($0.shape, $0.floats)) }))
  }

  /// All layers of every image side by side: (images, extractor.dimension).
  func features(of images: [Image], progress: Progress) throws -> [Float] {
    var result = [Float]()
    result.reserveCapacity(images.count * extractor.dimension)
    for start in stride(from: 0, to: images.count, by: Self.portion) {
      try StopRequest.check()
      let part = Array(images[start..<min(start + Self.portion, images.count)])
      let parts = network.features(of: part, at: layers)
      for image in part.indices {
        for (layer, values) in zip(layers, parts) {
          result += values[image * layer.dimension..<(image + 1) * layer.dimension]
        }
      }
      progress.advance(by: part.count)
    }
    return result
  }
}
