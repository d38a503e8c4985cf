import Randomness

/// Where a data set's images come from.
public enum ImageSource: Sendable, Equatable {
  /// A folder with the four IDX files of Fashion-MNIST.
  case fashionMNIST(path: String)
  /// A folder of PNG and JPEG files with one sub-folder per class.
  case folder(path: String)
  /// A folder of tar files of PNG and JPEG files with their classes.
  case webDataset(path: String)
  /// The synthetic set, drawn from the seed.
  case shapes
  /// The folder of Fashion-MNIST, whose images are tinted and described in words.
  case captions(path: String, background: TintedFashion.Background = .colours)
  /// A folder of PNG and JPEG files with captions; without those that cannot be read, if that is asked for.
  case captionedFolder(path: String, skipBroken: Bool)
  /// A folder of tar files of PNG and JPEG files with captions, as above.
  case captionedArchives(path: String, skipBroken: Bool)

  /// The names of sources in presets.
  public static let names = [
    "fashion-mnist", "folder", "webdataset", "shapes", "captions", "captioned-folder", "captioned-webdataset",
  ]
  /// Those of them that can leave out what is broken.
  public static let namesOfSkipping = ["captioned-folder", "captioned-webdataset"]

  /// The source of a preset's `data.source`, `data.path`, `data.skip_broken` and `data.background`.
  /// - Throws: `ImageError.unknownSource`.
  public init(
    named name: String, path: String, skipBroken: Bool = false,
    background: TintedFashion.Background = .colours
  ) throws {
    switch name {
    case "fashion-mnist": self = .fashionMNIST(path: path)
    case "folder": self = .folder(path: path)
    case "webdataset": self = .webDataset(path: path)
    case "shapes": self = .shapes
    case "captions": self = .captions(path: path, background: background)
    case "captioned-folder": self = .captionedFolder(path: path, skipBroken: skipBroken)
    case "captioned-webdataset": self = .captionedArchives(path: path, skipBroken: skipBroken)
    default: throw ImageError.unknownSource(name: name)
    }
  }

  /// Lists one split; pictures in files are read later.
  ///
  /// With a limit, a subset is drawn from the seed over the whole split (a smaller limit gives a part of a
  /// larger one's images); ids keep their order.
  /// - Parameters:
  ///   - limit: how many images; 0 for all of them.
  ///   - preparation: size, channels and crop of the images.
  ///   - seed: draws the subset, the split of undivided data, the shapes and the tinted images' colours.
  /// - Throws: `ImageError` for missing or bad data, or a split with fewer images than asked for.
  public func catalogue(
    split: ImageSplit, limit: Int, preparation: ImagePreparation, seed: UInt64
  ) throws -> ImageCatalogue {
    precondition(limit >= 0)
    switch self {
    case .fashionMNIST(let path):
      return try Self.fashionMNIST(path, split, limit, preparation, seed)
    case .folder(let path):
      let listing = try ImageFolder.listing(path, split: split, seed: seed)
      return try Self.pictures(listing, path, split, limit, preparation, seed)
    case .webDataset(let path):
      let listing = try WebDataset.listing(path, split: split, seed: seed)
      return try Self.pictures(listing, path, split, limit, preparation, seed)
    case .shapes:
      return try Self.shapes(split, limit, preparation, seed)
    case .captions(let path, let background):
      return try Self.tintedFashion(path, background, split, limit, preparation, seed)
    case .captionedFolder(let path, let skipBroken):
      let captioned = try CaptionedFolder.listing(path, split: split, seed: seed, skipBroken: skipBroken)
      return try Self.pictures(
        captioned.listing, path, split, limit, preparation, seed, captions: captioned.captions)
    case .captionedArchives(let path, let skipBroken):
      let captioned = try CaptionedArchives.listing(path, split: split, seed: seed, skipBroken: skipBroken)
      return try Self.pictures(
        captioned.listing, path, split, limit, preparation, seed, captions: captioned.captions)
    }
  }

  /// Reads one split whole, as `catalogue` lists it.
  ///
  /// Images of another size are resampled by Pillow's bicubic filter, with antialiasing; colour is converted to
  /// the number of channels.
  /// - Parameters:
  ///   - size: the side of the images in pixels.
  ///   - channels: 1 or 3.
  /// - Throws: `ImageError` as `catalogue`, and for images of different sizes (naming both files) or not square.
  public func load(
    split: ImageSplit, limit: Int, size: Int, channels: Int, seed: UInt64
  ) throws -> LabelledImages {
    try catalogue(
      split: split, limit: limit, preparation: ImagePreparation(size: size, channels: channels), seed: seed
    ).loadAll()
  }

  private static func shapes(
    _ split: ImageSplit, _ limit: Int, _ preparation: ImagePreparation, _ seed: UInt64
  ) throws -> ImageCatalogue {
    let first = split == .train ? 0 : Shapes.firstTestID
    guard limit <= Int(Shapes.firstTestID) else {
      throw ImageError.tooFewImages(
        source: "shapes", split: split.rawValue, asked: limit, found: Int(Shapes.firstTestID))
    }
    let count = limit > 0 ? limit : Shapes.defaultCounts[split, default: 0]
    let ids = (0..<UInt64(count)).map { first + $0 }
    return ImageCatalogue(
      sampleIDs: ids, labels: ids.map { Shapes.label(of: $0) }, classNames: Shapes.classNames, split: split,
      pixels: .drawn { Shapes.image(seed: seed, id: $0, size: preparation.size) },
      preparation: preparation)
  }

  private static func fashionMNIST(
    _ path: String, _ split: ImageSplit, _ limit: Int, _ preparation: ImagePreparation, _ seed: UInt64
  ) throws -> ImageCatalogue {
    let (images, labels) = try FashionMNIST.load(folder: path, split: split)
    let chosen = try subset(of: images.count, limit, split, seed, source: path)
    let firstID = split == .train ? 0 : FashionMNIST.firstTestID
    return ImageCatalogue(
      sampleIDs: chosen.map { firstID + UInt64($0) }, labels: chosen.map { labels[$0] },
      classNames: FashionMNIST.classNames, split: split, pixels: .ready(chosen.map { images[$0] }),
      preparation: preparation)
  }

  private static func tintedFashion(
    _ path: String, _ background: TintedFashion.Background, _ split: ImageSplit, _ limit: Int,
    _ preparation: ImagePreparation, _ seed: UInt64
  ) throws -> ImageCatalogue {
    let (images, labels) = try FashionMNIST.load(folder: path, split: split)
    if let first = images.first, first.width > TintedFashion.size {
      throw ImageError.notIDX(
        path: path, expected: "images of at most \(TintedFashion.size) pixels a side", found: "\(first.width)"
      )
    }
    let chosen = try subset(of: images.count, limit, split, seed, source: path)
    let firstID = split == .train ? 0 : FashionMNIST.firstTestID
    let attributes: @Sendable (UInt64) -> TintedFashion.Attributes = { id in
      TintedFashion.attributes(
        of: id, label: labels[Int(id - firstID)], split: split, seed: seed, background: background)
    }
    return ImageCatalogue(
      sampleIDs: chosen.map { firstID + UInt64($0) }, labels: chosen.map { labels[$0] },
      classNames: TintedFashion.classWords, split: split,
      pixels: .drawn {
        TintedFashion.image(
          of: images[Int($0 - firstID)], attributes($0), noise: TintedFashion.noise(of: $0, seed: seed))
      },
      captions: { TintedFashion.sentences(for: attributes($0)) }, preparation: preparation)
  }

  private static func pictures(
    _ listing: ImageListing, _ path: String, _ split: ImageSplit, _ limit: Int,
    _ preparation: ImagePreparation, _ seed: UInt64, captions: [UInt64: [String]]? = nil
  ) throws -> ImageCatalogue {
    guard !listing.entries.isEmpty else {
      throw ImageError.emptyFolder(path: path, expected: "images for the \(split.rawValue) split")
    }
    let chosen = try subset(of: listing.entries.count, limit, split, seed, source: path)
      .map { listing.entries[$0] }
    return ImageCatalogue(
      sampleIDs: chosen.map(\.id), labels: chosen.map(\.label), classNames: listing.classNames, split: split,
      warnings: listing.warnings, pixels: .stored(chosen.map(\.location)),
      captions: captions.map { captions in { @Sendable id in captions[id, default: []] } },
      preparation: preparation)
  }

  /// Ascending indices of the images to use.
  private static func subset(
    of count: Int, _ limit: Int, _ split: ImageSplit, _ seed: UInt64, source: String
  ) throws -> [Int] {
    guard limit <= count else {
      throw ImageError.tooFewImages(source: source, split: split.rawValue, asked: limit, found: count)
    }
    if limit == 0 || limit == count { return Array(0..<count) }
    var random = RandomStream(seed: seed, purpose: "data.subset.\(split.rawValue)")
    return random.permutation(count).prefix(limit).sorted()
  }
}
