import Images
import StageKit

/// The preset's section `data`: where the images come from. `tokenize` and `score` read the same one.
public struct DataSettings: CheckedConfiguration, Sendable {
  public let source: String
  public let path: String
  public let seed: UInt64
  public let trainImages: Int
  public let testImages: Int
  public let size: Int
  public let channels: Int
  /// Left out: none.
  public let crop: ImagePreparation.Crop?

  public func check(_ rules: inout ConfigurationRules) {
    rules.require(source, oneOf: ImageSource.names, "source")
    rules.require(trainImages >= 0, "train_images", "0 (all) or more", trainImages)
    rules.require(testImages >= 0, "test_images", "0 (all) or more", testImages)
    rules.require(size, in: 1...4096, "size")
    rules.require(channels == 1 || channels == 3, "channels", "1 or 3", channels)
  }

  public var preparation: ImagePreparation {
    ImagePreparation(size: size, channels: channels, crop: crop ?? .none)
  }

  /// The images of one split, read when they are needed.
  /// - Throws: `ImageError` when the data are missing, unreadable or fewer than asked for.
  public func catalogue(_ split: ImageSplit) throws -> ImageCatalogue {
    try ImageSource(named: source, path: path).catalogue(
      split: split, limit: split == .train ? trainImages : testImages, preparation: preparation, seed: seed)
  }
}
