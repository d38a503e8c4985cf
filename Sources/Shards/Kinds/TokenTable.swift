import Files

/// Images as codes of a tokenizer: what `tokenize encode` hands to every later stage.
///
/// Columns: `sample_id` u64, `label` u32, `token` u16[N] in raster order, N = grid height × grid width; of captioned images
/// also those of `Captions`.
public struct TokenTable: ShardTable {
  public static let kind = ShardKind.tokens
  public static let schema = 1

  /// Stable identifiers of the images, no two equal.
  public var sampleIDs: [UInt64]
  /// Class of each image, below `classNames.count`.
  public var labels: [UInt32]
  /// (records, N) codes, each below `codebookSize`.
  public var tokens: [UInt16]
  public var gridHeight: Int
  public var gridWidth: Int
  public var codebookSize: Int
  /// Content id of the tokenizer's weights; tokens of different codebooks must not be mixed.
  public var codebook: String
  public var classNames: [String]
  /// `train` or `test`.
  public var split: String
  /// Samples of an image: view v of image i is sample i · views + v, and all of them lie beside each other.
  public var views: Int
  /// What sentences say of the images; nil where there are none.
  public var captions: Captions?

  static let splits = ["train", "test"]
  /// The most samples that an image may give.
  public static let mostViews = 1000

  public init(
    sampleIDs: [UInt64], labels: [UInt32], tokens: [UInt16], gridHeight: Int, gridWidth: Int,
    codebookSize: Int,
    codebook: String, classNames: [String], split: String, views: Int = 1, captions: Captions? = nil
  ) {
    precondition(labels.count == sampleIDs.count, "\(sampleIDs.count) samples need as many labels")
    precondition(tokens.count == sampleIDs.count * gridHeight * gridWidth, "tokens do not fill the grids")
    self.sampleIDs = sampleIDs
    self.labels = labels
    self.tokens = tokens
    self.gridHeight = gridHeight
    self.gridWidth = gridWidth
    self.codebookSize = codebookSize
    self.codebook = codebook
    self.classNames = classNames
    self.split = split
    self.views = views
    self.captions = captions
  }

  public var count: Int { sampleIDs.count }
  /// The image that a sample is a view of.
  public func image(of sample: UInt64) -> UInt64 { sample / UInt64(views) }
  /// N, the number of tokens of one image.
  public var tokensPerImage: Int { gridHeight * gridWidth }
  /// The codes of one image in raster order.
  public func tokens(of record: Int) -> [Int] {
    tokens[(record * tokensPerImage)..<((record + 1) * tokensPerImage)].map { Int($0) }
  }

  public var columns: [NewColumn] {
    [
      NewColumn("sample_id", .u64(sampleIDs)), NewColumn("label", .u32(labels)),
      NewColumn("token", shape: [tokensPerImage], .u16(tokens)),
    ] + (captions?.columns ?? [])
  }

  public var extra: JSONValue {
    var facts: [String: JSONValue] = [
      "grid": [.integer(gridHeight), .integer(gridWidth)], "codebook": .string(codebook),
      "codebook_size": .integer(codebookSize), "class_names": .array(classNames.map(JSONValue.string)),
      "split": .string(split),
    ]
    if views > 1 { facts["views"] = .integer(views) }
    facts["captions"] = captions?.facts
    return .object(facts)
  }

  public init(shard: Shard) throws {
    (gridHeight, gridWidth) = try shard.grid()
    let length = gridHeight * gridWidth
    sampleIDs = try shard.u64("sample_id")
    labels = try shard.u32("label")
    tokens = try shard.u16("token", shape: [length])
    codebook = try shard.text("codebook")
    codebookSize = try shard.codebookSize()
    classNames = try shard.fact("class_names", "a list of names", \.strings)
    split = try shard.fact("split", "'train' or 'test'") { value in
      value.string.flatMap { Self.splits.contains($0) ? $0 : nil }
    }
    views =
      shard.header.extra["views"] == nil
      ? 1
      : try shard.fact("views", "between 2 and \(Self.mostViews)") { value in
        value.int.flatMap { (2...Self.mostViews).contains($0) ? $0 : nil }
      }
    captions = try Captions(shard: shard)
  }

  public func check() throws(TableProblem) {
    try TableRules.requireDistinct(sampleIDs)
    try TableRules.requireLabels(labels, below: classNames.count)
    try TableRules.requireCodes(tokens, below: codebookSize, perRecord: tokensPerImage)
    try requireWholeImages()
    if let problem = captions?.problem(records: count) {
      throw TableProblem(expected: "captions of \(count) images", found: problem)
    }
    guard Self.splits.contains(split) else {
      throw TableProblem(expected: "the split 'train' or 'test'", found: "'\(split)'")
    }
  }

  /// Requires all views of an image beside each other, with its class.
  private func requireWholeImages() throws(TableProblem) {
    guard views > 1 else { return }
    let isWhole = (0..<count).allSatisfy { record in
      let (view, first) = (record % views, record - record % views)
      return sampleIDs[record] == image(of: sampleIDs[first]) * UInt64(views) + UInt64(view)
        && labels[record] == labels[first]
    }
    if count % views != 0 || !isWhole {
      throw TableProblem(
        expected: "\(views) views of each image beside each other, all of one class", found: "other samples")
    }
  }
}
