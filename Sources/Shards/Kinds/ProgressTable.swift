import Files

/// Images that a model drew in the middle of its training, as codes: what `train-anyorder` and `distill` keep beside a
/// model for people to see it learn.
///
/// Columns: `sample_id` u64, `label` u32, `token` u16[N] in raster order, `order` u16[N]; of images drawn from words also
/// `text` u8[B]. Record i has the same condition, order and random numbers in all shards of a training.
public struct ProgressTable: ShardTable {
  public static let kind = ShardKind.progress
  public static let schema = 1

  /// Of images drawn from captions the test images whose captions these are, else the places among all drawn.
  public var sampleIDs: [UInt64]
  public var labels: [UInt32]
  /// (records, N) codes, each below `codebookSize`.
  public var tokens: [UInt16]
  /// (records, N), every row a permutation: the location drawn at each step.
  public var orders: [UInt16]
  public var gridHeight: Int
  public var gridWidth: Int
  public var codebookSize: Int
  /// Content id of the tokenizer's weights.
  public var codebook: String
  public var classNames: [String]
  /// Steps of training behind the model, above 0.
  public var step: Int
  /// The words that images were drawn from; nil where they were drawn from classes.
  public var texts: SampleTable.Texts?

  public init(
    sampleIDs: [UInt64], labels: [UInt32], tokens: [UInt16], orders: [UInt16], gridHeight: Int,
    gridWidth: Int,
    codebookSize: Int, codebook: String, classNames: [String], step: Int, texts: SampleTable.Texts? = nil
  ) {
    precondition(labels.count == sampleIDs.count, "\(sampleIDs.count) images need as many labels")
    precondition(tokens.count == sampleIDs.count * gridHeight * gridWidth, "tokens do not fill the grids")
    precondition(orders.count == tokens.count, "orders do not fill the grids")
    precondition(texts.map { $0.texts.count == sampleIDs.count } ?? true, "every image needs its words")
    self.sampleIDs = sampleIDs
    self.labels = labels
    self.tokens = tokens
    self.orders = orders
    self.gridHeight = gridHeight
    self.gridWidth = gridWidth
    self.codebookSize = codebookSize
    self.codebook = codebook
    self.classNames = classNames
    self.step = step
    self.texts = texts
  }

  public var count: Int { sampleIDs.count }
  /// N, the number of tokens of one image.
  public var tokensPerImage: Int { gridHeight * gridWidth }

  public var columns: [NewColumn] {
    [
      NewColumn("sample_id", .u64(sampleIDs)), NewColumn("label", .u32(labels)),
      NewColumn("token", shape: [tokensPerImage], .u16(tokens)),
      NewColumn("order", shape: [tokensPerImage], .u16(orders)),
    ] + (texts.map { [$0.column] } ?? [])
  }

  public var extra: JSONValue {
    var facts: [String: JSONValue] = [
      "grid": [.integer(gridHeight), .integer(gridWidth)], "codebook": .string(codebook),
      "codebook_size": .integer(codebookSize), "class_names": .array(classNames.map(JSONValue.string)),
      "step": .integer(step),
    ]
    facts["text_tokenizer"] = (texts?.tokenizer).map { .string($0) }
    return .object(facts)
  }

  public init(shard: Shard) throws {
    (gridHeight, gridWidth) = try shard.grid()
    let length = gridHeight * gridWidth
    codebook = try shard.text("codebook")
    codebookSize = try shard.codebookSize()
    classNames = try shard.fact("class_names", "a list of names", \.strings)
    step = try shard.fact("step", "a number of steps above 0") { $0.int.flatMap { $0 > 0 ? $0 : nil } }
    sampleIDs = try shard.u64("sample_id")
    labels = try shard.u32("label")
    tokens = try shard.u16("token", shape: [length])
    orders = try shard.u16("order", shape: [length])
    texts = try SampleTable.Texts(shard: shard)
  }

  public func check() throws(TableProblem) {
    try TableRules.requireDistinct(sampleIDs)
    try TableRules.requireLabels(labels, below: classNames.count)
    try TableRules.requireCodes(tokens, below: codebookSize, perRecord: tokensPerImage)
    try TableRules.requirePermutations(orders, length: tokensPerImage)
  }
}
