import Randomness

/// Where a data set's images come from.
public enum ImageSource: Sendable, Equatable {
  /// A folder with the four IDX files of Fashion-MNIST.
  case fashionMNIST(path: String)
  /// A folder of PNG files with one sub-folder per class.
  case folder(path: String)
  /// The synthetic set, drawn from the seed.
  case shapes

  /// The source of a preset's `data.source` and `data.path`.
  /// - Throws: `ImageError.unknownSource`.
  public init(named name: String, path: String) throws {
    switch name {
    case "fashion-mnist": self = .fashionMNIST(path: path)
    case "folder": self = .folder(path: path)
    case "shapes": self = .shapes
    default: throw ImageError.unknownSource(name: name)
    }
  }

  /// Reads one split.
  ///
  /// With a limit, a subset is drawn from the seed over the whole split (a smaller limit gives a part of a
  /// larger one's images); ids keep their order. Images of another size are resampled by Pillow's bicubic
  /// filter, with antialiasing; colour is converted to the number of channels.
  /// - Parameters:
  ///   - limit: how many images; 0 for all of them.
  ///   - size: the side of the images in pixels.
  ///   - channels: 1 or 3.
  ///   - seed: draws the subset, the split of an undivided folder, and the shapes.
  /// - Throws: `ImageError` for missing or bad files, images of different sizes (naming both files) or not
  ///   square, or a split with fewer images than asked for.
  public func load(
    split: ImageSplit, limit: Int, size: Int, channels: Int, seed: UInt64
  ) throws -> LabelledImages {
    precondition(limit >= 0 && size > 0 && (channels == 1 || channels == 3))
    let loaded =
      switch self {
      case .fashionMNIST(let path):
        try Self.fashionMNIST(path, split, limit, seed)
      case .folder(let path):
        try Self.folder(path, split, limit, seed)
      case .shapes:
        try Self.shapes(split, limit, size, seed)
      }
    return LabelledImages(
      sampleIDs: loaded.sampleIDs, labels: loaded.labels, classNames: loaded.classNames,
      images: loaded.images.map { image in
        let coloured = image.converted(channels: channels)
        if image.width == size { return coloured }
        return coloured.resampled(width: size, height: size, filter: .bicubic)
      },
      split: split, warnings: loaded.warnings)
  }

  private static func shapes(
    _ split: ImageSplit, _ limit: Int, _ size: Int, _ seed: UInt64
  ) throws -> LabelledImages {
    let first = split == .train ? 0 : Shapes.firstTestID
    guard limit <= Int(Shapes.firstTestID) else {
      throw ImageError.tooFewImages(
        source: "shapes", split: split.rawValue, asked: limit, found: Int(Shapes.firstTestID))
    }
    let count = limit > 0 ? limit : Shapes.defaultCounts[split, default: 0]
    let ids = (0..<UInt64(count)).map { first + $0 }
    return LabelledImages(
      sampleIDs: ids, labels: ids.map { Shapes.label(of: $0) }, classNames: Shapes.classNames,
      images: ids.map { Shapes.image(seed: seed, id: $0, size: size) }, split: split, warnings: [])
  }

  private static func fashionMNIST(
    _ path: String, _ split: ImageSplit, _ limit: Int, _ seed: UInt64
  ) throws -> LabelledImages {
    let (images, labels) = try FashionMNIST.load(folder: path, split: split)
    let chosen = try subset(of: images.count, limit, split, seed, source: path)
    let firstID = split == .train ? 0 : FashionMNIST.firstTestID
    return LabelledImages(
      sampleIDs: chosen.map { firstID + UInt64($0) }, labels: chosen.map { labels[$0] },
      classNames: FashionMNIST.classNames, images: chosen.map { images[$0] }, split: split, warnings: [])
  }

  private static func folder(
    _ path: String, _ split: ImageSplit, _ limit: Int, _ seed: UInt64
  ) throws -> LabelledImages {
    let listing = try ImageFolder(listing: path, split: split, seed: seed)
    guard !listing.entries.isEmpty else {
      throw ImageError.emptyFolder(path: path, expected: "images for the \(split.rawValue) split")
    }
    let chosen = try subset(of: listing.entries.count, limit, split, seed, source: path)
      .map { listing.entries[$0] }
    var images = [Image]()
    var transparent = [String]()
    var deep = [String]()
    var warnings = listing.warnings
    for entry in chosen {
      let decoded = try PNG.read(entry.path)
      let image = decoded.image
      guard image.width == image.height else {
        throw ImageError.notSquare(path: entry.path, width: image.width, height: image.height)
      }
      if let first = images.first, first.width != image.width {
        throw ImageError.sizesDiffer(
          first: chosen[0].path, firstSize: "\(first.width)x\(first.height)",
          second: entry.path, secondSize: "\(image.width)x\(image.height)")
      }
      for note in decoded.notes {
        switch note {
        case .compositedOnWhite, .opacityDropped: transparent.append(entry.path)
        case .reducedFromSixteenBits: deep.append(entry.path)
        case .decoder: warnings.append("In \(entry.path), \(note).")
        }
      }
      images.append(image)
    }
    for (paths, note) in [
      (transparent, PNG.Note.compositedOnWhite), (deep, PNG.Note.reducedFromSixteenBits),
    ] where !paths.isEmpty {
      warnings.append("In \(paths.count) of \(chosen.count) images, such as \(paths[0]), \(note).")
    }
    return LabelledImages(
      sampleIDs: chosen.map(\.id), labels: chosen.map(\.label), classNames: listing.classNames,
      images: images,
      split: split, warnings: warnings)
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
