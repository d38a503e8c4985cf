import Images
import Metrics
import Shards

/// EfficientNet-Lite0 with its identity.
struct FeatureNetwork: PictureNetwork {
  let extractor: Extractor
  let input: Provenance.Input
  let portion = 64
  private let network: EfficientNetLite0
  private let chosen: [EfficientNetLite0.Layer]

  /// - Parameters:
  ///   - path: a weights file; `data/efficientnet-lite0/README.md` says which.
  ///   - setting: names the place of the path in errors, such as `score.network`.
  ///   - layers: names of the layers.
  /// - Throws: exit code 66 without a network, 65 for weights that do not fit, `FormatError` for a bad
  ///   file.
  init(at path: String, named setting: String, layers names: [String]) throws {
    let file = try NetworkFile(reading: path, named: setting, advice: Network.lite0.advice)
    chosen = names.compactMap { EfficientNetLite0.Layer(named: $0) }
    extractor = Extractor(layers: chosen, weights: file.hash)
    input = file.input
    network = try file.network { try EfficientNetLite0(tensors: $0) }
  }

  func layers(of images: [Image]) -> [[Float]] { network.features(of: images, at: chosen) }
}
