/// How a decoded picture becomes an image of the data set.
public struct ImagePreparation: Sendable, Equatable {
  /// What becomes of pictures that are not square or of another size.
  public enum Crop: String, Sendable, CaseIterable, Codable {
    /// Pictures must be squares of one size, and are resampled where that is another one.
    case none
    /// The centre crop of ADM, which RandAR and LlamaGen use as well (pipeline/method/tokenizer.md §8).
    case adm
  }

  /// The side of the images in pixels.
  public let size: Int
  /// 1 or 3.
  public let channels: Int
  public let crop: Crop

  public init(size: Int, channels: Int, crop: Crop = .none) {
    precondition(size > 0 && (channels == 1 || channels == 3))
    self.size = size
    self.channels = channels
    self.crop = crop
  }

  /// The image that a picture gives: shape (size, size, channels). Requires a square without a crop.
  public func callAsFunction(_ picture: Image) -> Image {
    let coloured = picture.converted(channels: channels)
    switch crop {
    case .adm: return coloured.centreCropped(size: size)
    case .none: return coloured.resampled(width: size, height: size, filter: .bicubic)
    }
  }
}

/// The views of one training picture, each tokenised as a sample of its own
/// (pipeline/method/tokenizer.md §8).
public enum Augmentation: Sendable, Equatable {
  /// The image alone.
  case none
  /// The image and its mirror image, as RandAR's `adm` mode.
  case flip
  /// Corners and centre of a centre crop that is `range` times as wide, then those of its mirror image, as LlamaGen.
  case tenCrop(range: Double)
  /// The image and random squares of its picture, as text-to-image models are trained.
  case randomCrops(RandomCrops)

  /// How many views there are.
  public var count: Int {
    switch self {
    case .none: 1
    case .flip: 2
    case .tenCrop: 10
    case .randomCrops(let crops): 1 + crops.count
    }
  }

  /// All views of a picture, in their fixed sequence; each of shape (size, size, channels).
  /// - Parameter sample: the id of the image, which random squares depend on.
  public func views(of picture: Image, sample: UInt64, _ preparation: ImagePreparation) -> [Image] {
    switch self {
    case .none:
      return [preparation(picture)]
    case .flip:
      let image = preparation(picture)
      return [image, image.mirrored]
    case .tenCrop(let range):
      let wider = Int(Double(preparation.size) * range)
      let image = picture.converted(channels: preparation.channels).centreCropped(size: wider)
      return image.fiveCrops(size: preparation.size) + image.mirrored.fiveCrops(size: preparation.size)
    case .randomCrops(let crops):
      let coloured = picture.converted(channels: preparation.channels)
      return [preparation(picture)] + crops(coloured, sample: sample, size: preparation.size)
    }
  }
}
