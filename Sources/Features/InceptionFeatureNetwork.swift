import Images
import Shards

/// Inception of 2015-12-05 with one of the field's input pipelines and its identity.
public struct InceptionFeatureNetwork: FeatureNetwork {
  public let space: FeatureSpace
  public let input: Provenance.Input
  public let portion = 16
  private let network: InceptionV3
  private let pipeline: InceptionPipeline
  private let chosen: [InceptionV3.Layer]

  /// - Parameters:
  ///   - path: a file with the official weights.
  ///   - setting: names the place of the path in errors.
  ///   - layers: where features are taken, one or more of the layers that have names.
  /// - Throws: as `FeatureNetworkKind.load`.
  init(at path: String, named setting: String, layers: [InceptionV3.Layer], pipeline: InceptionPipeline)
    throws
  {
    let file = try FeatureNetworkFile(
      reading: path, named: setting, advice: FeatureNetworkKind.inception.advice)
    self.pipeline = pipeline
    chosen = layers
    space = FeatureSpace(
      layers: layers.map { FeatureSpace.Layer(name: $0.name) }, resize: pipeline.rawValue, weights: file.hash)
    input = file.input
    network = try file.network { try InceptionV3(tensors: $0) }
  }

  public func layers(of images: [Image]) -> [[Float]] {
    network.features(of: images, through: pipeline, at: chosen)
  }
}
