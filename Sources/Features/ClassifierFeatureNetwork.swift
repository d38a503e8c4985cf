import Files
import Foundation
import Images
import Models
import Shards
import Weights

/// The project's own classifier, trained on the real training images of a run, with its identity.
///
/// What its last layer reads serves as features of a second network beside a general one. Images come to its size by
/// Pillow's bicubic filter on bytes, and to its channels: grey is replicated, colour becomes luma.
public struct ClassifierFeatureNetwork: FeatureNetwork {
  public let space: FeatureSpace
  public let input: Provenance.Input
  public let portion = 64
  private let classifier: ImageClassifier

  /// - Parameters:
  ///   - path: a weights shard of `score classifier fit`.
  ///   - setting: names the place of the path in errors, such as `score.network`.
  ///   - layers: the name of its features, `classifier-` and their number, or nothing.
  /// - Throws: as `FeatureNetworkKind.load`.
  init(at path: String, named setting: String, layers: [String]) throws {
    guard exists(path) else {
      throw FeatureFailure.missingNetwork(
        place: path.isEmpty ? "\(setting) is empty" : "\(path) does not exist",
        advice: FeatureNetworkKind.classifier.advice)
    }
    classifier = try ClassifierFile(reading: path).classifier
    let hash = try ReadableFile.hash(of: path)
    let configuration = classifier.configuration
    let name = "classifier-\(configuration.features)"
    guard layers.isEmpty || layers == [name] else {
      throw FeatureFailure.unfitClassifier(
        path: path, expected: layers.joined(separator: " and "), found: name)
    }
    space = FeatureSpace(
      layers: [FeatureSpace.Layer(name: name)], resize: "pil-bicubic-\(configuration.imageSize)-bytes",
      weights: hash)
    input = Provenance.Input(role: "network", name: URL(filePath: path).lastPathComponent, contentID: hash)
  }

  /// Whether a layer of that name can be a classifier's.
  static func has(_ layer: String) -> Bool { layer.wholeMatch(of: /classifier-[1-9][0-9]{0,5}/) != nil }

  public func layers(of images: [Image]) -> [[Float]] {
    [classifier.answers(to: images.flatMap { $0.pixels(for: classifier.configuration) }).features]
  }
}

extension Image {
  /// The image in the size and the channels that a classifier reads, HWC.
  package func pixels(for classifier: ImageClassifierConfiguration) -> [UInt8] {
    let side = classifier.imageSize
    return resampled(width: side, height: side, filter: .bicubic)
      .converted(channels: classifier.imageChannels).pixels
  }
}
