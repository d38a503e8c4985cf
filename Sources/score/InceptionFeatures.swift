import Images
import Metrics
import Shards

/// Inception of 2015-12-05 with one of the field's input pipelines and its identity.
struct InceptionFeatures: PictureNetwork {
  let extractor: Extractor
  let input: Provenance.Input
  let portion = 16
  private let network: InceptionV3
  private let pipeline: InceptionPipeline
  private let chosen: [InceptionV3.Layer]

  /// - Parameters:
  ///   - path: a file with the official weights.
  ///   - setting: names the place of the path in errors.
  ///   - layers: where features are taken, one or more of the layers that have names.
  /// - Throws: exit code 66 without a file, 65 for weights that do not fit, `FormatError` for a bad file.
  init(at path: String, named setting: String, layers: [InceptionV3.Layer], pipeline: InceptionPipeline)
    throws
  {
    let file = try NetworkFile(reading: path, named: setting, advice: Network.inception.advice)
    self.pipeline = pipeline
    chosen = layers
    extractor = Extractor(
      layers: layers.map { Extractor.Layer(name: $0.name) }, resize: pipeline.rawValue, weights: file.hash)
    input = file.input
    network = try file.network { try InceptionV3(tensors: $0) }
  }

  func layers(of images: [Image]) -> [[Float]] {
    network.features(of: images, through: pipeline, at: chosen)
  }
}
