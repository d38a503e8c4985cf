/// The images of one split with their stable ids and classes, read from their files when they are asked for: a data
/// set may be larger than memory. Entry i of every array belongs to one image.
public struct ImageCatalogue: Sendable {
  /// Ids that depend on the data set alone, ascending; no id occurs in both splits.
  public let sampleIDs: [UInt64]
  /// Indices into `classNames`.
  public let labels: [UInt32]
  public let classNames: [String]
  public let split: ImageSplit
  /// What a person should know about the listing, each one sentence.
  public let warnings: [String]
  private let pixels: Pixels
  /// The captions of a sample id; nil where the source has none.
  private let captions: (@Sendable (UInt64) throws -> [String])?
  private let preparation: ImagePreparation

  enum Pixels: Sendable {
    /// Images in memory, of any square size.
    case ready([Image])
    case stored([PictureLocation])
    /// Drawn from their ids when they are asked for.
    case drawn(@Sendable (UInt64) -> Image)
  }

  public var count: Int { sampleIDs.count }

  init(
    sampleIDs: [UInt64], labels: [UInt32], classNames: [String], split: ImageSplit, warnings: [String] = [],
    pixels: Pixels, captions: (@Sendable (UInt64) throws -> [String])? = nil,
    preparation: ImagePreparation
  ) {
    self.sampleIDs = sampleIDs
    self.labels = labels
    self.classNames = classNames
    self.split = split
    self.warnings = warnings
    self.pixels = pixels
    self.captions = captions
    self.preparation = preparation
  }

  /// Whether images come with captions.
  public var hasCaptions: Bool { captions != nil }

  /// What is said about an image, one caption or several, each of which describes all of it; none where the source
  /// has no captions.
  /// - Throws: `ImageError` when they cannot be read.
  public func captions(of index: Int) throws -> [String] { try captions?(sampleIDs[index]) ?? [] }

  /// What an image is made of, for identities: the bytes of its file, or its pixels where there is none.
  /// - Throws: `ImageError` when the file cannot be read.
  public func source(of index: Int) throws -> [UInt8] {
    switch pixels {
    case .ready(let images): images[index].pixels
    case .stored(let locations): try locations[index].bytes()
    case .drawn(let draw): draw(sampleIDs[index]).pixels
    }
  }

  /// Reads some images, of size and channels as asked for.
  /// - Parameter augmentation: makes several samples of an image, beside each other, with the ids
  ///   id × views + view.
  /// - Throws: `ImageError` for bad files and, without a crop, for pictures that are not squares of one size.
  public func load(_ range: Range<Int>, augmentation: Augmentation = .none) throws -> LabelledImages {
    var views = [Image]()
    views.reserveCapacity(range.count * augmentation.count)
    var remarks = DecodingRemarks()
    // Without a crop the first picture of the split says the size of all.
    var first: (path: String, image: Image)?
    if case .stored(let locations) = pixels, preparation.crop == .none, !range.isEmpty {
      first = (locations[0].path, try locations[0].decoded().image)
    }
    for index in range {
      let picture: Image
      switch pixels {
      case .ready(let images): picture = images[index]
      case .drawn(let draw): picture = draw(sampleIDs[index])
      case .stored(let locations):
        let location = locations[index]
        let decoded = try location.decoded()
        picture = decoded.image
        if let first { try check(picture, location.path, first) }
        remarks.add(decoded.notes, of: location.path)
      }
      views += augmentation.views(of: picture, sample: sampleIDs[index], preparation)
    }
    return LabelledImages(
      sampleIDs: range.flatMap { index in
        (0..<augmentation.count).map { sampleIDs[index] * UInt64(augmentation.count) + UInt64($0) }
      },
      labels: range.flatMap { [UInt32](repeating: labels[$0], count: augmentation.count) },
      classNames: classNames, images: views, split: split, remarks: remarks)
  }

  /// Reads all images, with the listing's warnings.
  /// - Throws: as `load`.
  public func loadAll() throws -> LabelledImages {
    let loaded = try load(0..<count)
    return LabelledImages(
      sampleIDs: loaded.sampleIDs, labels: loaded.labels, classNames: classNames, images: loaded.images,
      split: split, listingWarnings: warnings, remarks: loaded.remarks)
  }

  private func check(_ picture: Image, _ path: String, _ first: (path: String, image: Image)) throws {
    guard picture.width == picture.height else {
      throw ImageError.notSquare(path: path, width: picture.width, height: picture.height)
    }
    if first.image.width != picture.width {
      throw ImageError.sizesDiffer(
        first: first.path, firstSize: "\(first.image.width)x\(first.image.height)",
        second: path, secondSize: "\(picture.width)x\(picture.height)")
    }
  }
}
