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
  /// What sentences say of the images; nil where there are none.
  public var captions: Captions?

  static let splits = ["train", "test"]

  public init(
    sampleIDs: [UInt64], labels: [UInt32], tokens: [UInt16], gridHeight: Int, gridWidth: Int,
    codebookSize: Int,
    codebook: String, classNames: [String], split: String, captions: Captions? = nil
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
    self.captions = captions
  }

  public var count: Int { sampleIDs.count }
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
    captions = try Captions(shard: shard)
  }

  public func check() throws(TableProblem) {
    try TableRules.requireDistinct(sampleIDs)
    try TableRules.requireLabels(labels, below: classNames.count)
    try TableRules.requireCodes(tokens, below: codebookSize, perRecord: tokensPerImage)
    if let problem = captions?.problem(records: count) {
      throw TableProblem(expected: "captions of \(count) images", found: problem)
    }
    guard Self.splits.contains(split) else {
      throw TableProblem(expected: "the split 'train' or 'test'", found: "'\(split)'")
    }
  }
}
