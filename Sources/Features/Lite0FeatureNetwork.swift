import Images
import Shards

/// EfficientNet-Lite0 with its identity.
public struct Lite0FeatureNetwork: FeatureNetwork {
  public let space: FeatureSpace
  public let input: Provenance.Input
  public let portion = 64
  private let network: EfficientNetLite0
  private let chosen: [EfficientNetLite0.Layer]

  /// - Parameters:
  ///   - path: a weights file; `data/efficientnet-lite0/README.md` says which.
  ///   - setting: names the place of the path in errors, such as `score.network`.
  ///   - layers: where features are taken.
  /// - Throws: as `FeatureNetworkKind.load`.
  init(at path: String, named setting: String, layers: [EfficientNetLite0.Layer]) throws {
    let file = try FeatureNetworkFile(reading: path, named: setting, advice: FeatureNetworkKind.lite0.advice)
    chosen = layers
    space = FeatureSpace(
      layers: layers.map { FeatureSpace.Layer(name: $0.name) }, resize: EfficientNetLite0.resize,
      weights: file.hash)
    input = file.input
    network = try file.network { try EfficientNetLite0(tensors: $0) }
  }

  public func layers(of images: [Image]) -> [[Float]] { network.features(of: images, at: chosen) }
}
