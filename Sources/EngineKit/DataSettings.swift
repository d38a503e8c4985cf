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
  /// Whether captioned pictures that cannot be read, or whose captions cannot, are left out. Left out: no.
  public let skipBroken: Bool?
  /// What lies behind the garments of the source `captions`. Left out: colours.
  public let background: TintedFashion.Background?

  /// The most images of a split that can be asked for.
  private static let mostImages = 1_000_000_000

  public func check(_ rules: inout ConfigurationRules) {
    rules.require(source, oneOf: ImageSource.names, "source")
    rules.require(trainImages >= 0, "train_images", "0 (all) or more", trainImages)
    rules.require(testImages >= 0, "test_images", "0 (all) or more", testImages)
    rules.require(trainImages, atMost: Self.mostImages, "train_images")
    rules.require(testImages, atMost: Self.mostImages, "test_images")
    rules.require(size, in: 1...4096, "size")
    let skips = ImageSource.namesOfSkipping
    rules.require(
      skipBroken != true || skips.contains(source), "skip_broken",
      "false unless 'data.source' is \(skips.joined(separator: " or "))", "true")
    rules.require(
      background == nil || source == "captions", "background", "left out unless 'data.source' is captions",
      background?.rawValue ?? "")
    rules.require(channels == 1 || channels == 3, "channels", "1 or 3", channels)
  }

  public var preparation: ImagePreparation {
    ImagePreparation(size: size, channels: channels, crop: crop ?? .none)
  }

  /// The images of one split, read when they are needed.
  /// - Throws: `ImageError` when the data are missing, unreadable or fewer than asked for; exit code 78 for more
  ///   drawn images than memory holds.
  public func catalogue(_ split: ImageSplit) throws -> ImageCatalogue {
    if source == "shapes" {
      try MemoryRoom.require(
        product: [split == .train ? trainImages : testImages, size, size],
        subject: "'data.\(split.rawValue)_images'", purpose: "images that are drawn, not read",
        advice: "Ask for fewer.")
    }
    let source = try ImageSource(
      named: source, path: path, skipBroken: skipBroken ?? false, background: background ?? .colours)
    return try source.catalogue(
      split: split, limit: split == .train ? trainImages : testImages, preparation: preparation, seed: seed)
  }
}
