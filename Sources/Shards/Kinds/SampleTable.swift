import Files

/// Generated images with the orders in which they were drawn: what `sample` hands to `score`.
///
/// Columns: `sample_id` u64, `label` u32, `token` u16[N], `order` u16[N], `confidence` f32[N], `image`
/// u8[H,W,C]; of edited images also `known` u8[N], `mask` u8[H,W] and `original` u8[H,W,C]; of images drawn from words
/// also `text` u8[B].
public struct SampleTable: ShardTable {
  public static let kind = ShardKind.samples
  public static let schema = 1

  public var sampleIDs: [UInt64]
  public var labels: [UInt32]
  /// (records, N) codes in raster order.
  public var tokens: [UInt16]
  /// (records, N), every row a permutation: the location drawn at each step.
  public var orders: [UInt16]
  /// (records, N), by step.
  public var confidences: [Float]
  /// (records, height, width, channels).
  public var images: [UInt8]
  public var imageHeight: Int
  public var imageWidth: Int
  public var imageChannels: Int
  public var gridHeight: Int
  public var gridWidth: Int
  public var classNames: [String]
  /// Which comparison the samples belong to, such as `distill-greedy`.
  public var arm: String
  public var seed: UInt64
  /// What was kept and what replaced, where images were completed rather than drawn; else nil.
  public var edit: Edit?
  /// Which images were asked for where it is not what the settings say: an object with `images` and perhaps
  /// `classes`; else nil.
  public var choice: JSONValue?
  /// Which of the images of its seed these are, where several shards share them; else nil.
  public var part: Part?
  /// The words that images were drawn from; nil where they were drawn from classes.
  public var texts: Texts?

  public init(
    sampleIDs: [UInt64], labels: [UInt32], tokens: [UInt16], orders: [UInt16], confidences: [Float],
    images: [UInt8], imageHeight: Int, imageWidth: Int, imageChannels: Int, gridHeight: Int, gridWidth: Int,
    classNames: [String], arm: String, seed: UInt64, edit: Edit? = nil,
    choice: JSONValue? = nil, part: Part? = nil, texts: Texts? = nil
  ) {
    let count = sampleIDs.count
    let length = gridHeight * gridWidth
    precondition(labels.count == count, "\(count) samples need as many labels")
    precondition(tokens.count == count * length, "tokens do not fill the grids")
    precondition(orders.count == count * length, "orders do not fill the grids")
    precondition(confidences.count == count * length, "every step needs a confidence")
    precondition(images.count == count * imageHeight * imageWidth * imageChannels, "images have another size")
    self.sampleIDs = sampleIDs
    self.labels = labels
    self.tokens = tokens
    self.orders = orders
    self.confidences = confidences
    self.images = images
    self.imageHeight = imageHeight
    self.imageWidth = imageWidth
    self.imageChannels = imageChannels
    self.gridHeight = gridHeight
    self.gridWidth = gridWidth
    self.classNames = classNames
    self.arm = arm
    self.seed = seed
    self.edit = edit
    self.choice = choice
    self.part = part
    self.texts = texts
    precondition(edit?.problem(of: self) == nil, edit?.problem(of: self) ?? "")
  }

  public var count: Int { sampleIDs.count }
  /// N, the number of tokens of one image.
  public var tokensPerImage: Int { gridHeight * gridWidth }
  /// Bytes of one image.
  public var bytesPerImage: Int { imageHeight * imageWidth * imageChannels }
  /// The codes of one record in raster order.
  public func tokens(of record: Int) -> [Int] {
    tokens[(record * tokensPerImage)..<((record + 1) * tokensPerImage)].map { Int($0) }
  }
  /// The locations of one record by step.
  public func order(of record: Int) -> [Int] {
    orders[(record * tokensPerImage)..<((record + 1) * tokensPerImage)].map { Int($0) }
  }
  /// The pixels of one record: (height, width, channels).
  public func image(of record: Int) -> ArraySlice<UInt8> {
    images[(record * bytesPerImage)..<((record + 1) * bytesPerImage)]
  }

  public var columns: [NewColumn] {
    var columns = [
      NewColumn("sample_id", .u64(sampleIDs)), NewColumn("label", .u32(labels)),
      NewColumn("token", shape: [tokensPerImage], .u16(tokens)),
      NewColumn("order", shape: [tokensPerImage], .u16(orders)),
      NewColumn("confidence", shape: [tokensPerImage], .f32(confidences)),
      NewColumn("image", shape: [imageHeight, imageWidth, imageChannels], .u8(images)),
    ]
    if let edit {
      columns += [
        NewColumn("known", shape: [tokensPerImage], .u8(edit.known)),
        NewColumn("mask", shape: [imageHeight, imageWidth], .u8(edit.mask)),
        NewColumn("original", shape: [imageHeight, imageWidth, imageChannels], .u8(edit.originals)),
      ]
    }
    if let texts { columns.append(texts.column) }
    return columns
  }

  public var extra: JSONValue {
    var facts: [String: JSONValue] = [
      "grid": [.integer(gridHeight), .integer(gridWidth)],
      "image": [.integer(imageHeight), .integer(imageWidth), .integer(imageChannels)],
      "class_names": .array(classNames.map(JSONValue.string)), "arm": .string(arm), "seed": JSONValue(seed),
    ]
    facts["edit"] = edit?.facts
    facts["choice"] = choice
    facts["part"] = part?.json
    facts["text_tokenizer"] = (texts?.tokenizer).map { .string($0) }
    return .object(facts)
  }

  public init(shard: Shard) throws {
    (gridHeight, gridWidth) = try shard.grid()
    let length = gridHeight * gridWidth
    let extents = try shard.fact("image", "[height, width, 1 or 3 channels]") { value -> [Int]? in
      guard let extents = value.ints, extents.count == 3, extents.allSatisfy({ (1...65536).contains($0) }),
        extents[2] == 1 || extents[2] == 3
      else { return nil }
      return extents
    }
    (imageHeight, imageWidth, imageChannels) = (extents[0], extents[1], extents[2])
    sampleIDs = try shard.u64("sample_id")
    labels = try shard.u32("label")
    tokens = try shard.u16("token", shape: [length])
    orders = try shard.u16("order", shape: [length])
    confidences = try shard.f32("confidence", shape: [length])
    images = try shard.u8("image", shape: extents)
    classNames = try shard.fact("class_names", "a list of names", \.strings)
    arm = try shard.text("arm")
    seed = try shard.fact("seed", "a seed", \.uint64)
    edit = try Edit(shard: shard, tokens: length, image: extents)
    choice = shard.header.extra["choice"]
    part = try Part(shard: shard)
    texts = try Texts(shard: shard)
  }

  public func check() throws(TableProblem) {
    try TableRules.requireDistinct(sampleIDs)
    try TableRules.requireLabels(labels, below: classNames.count)
    try TableRules.requirePermutations(orders, length: tokensPerImage)
    try TableRules.requireProbabilities(confidences, perRecord: tokensPerImage)
    if let problem = edit?.problem(of: self) { throw TableProblem(expected: "an edit", found: problem) }
  }
}
