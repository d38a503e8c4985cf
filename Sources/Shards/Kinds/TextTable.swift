import Files

/// The captions of one split as ids of a text tokenizer: what `tokenize text encode` hands to training.
///
/// One record a caption. Columns: `sample_id` u64, that of the image, ascending, once for each of its captions;
/// `token` u16[T], 0 behind the last token; `text` u8[B], the beginning of the caption in UTF-8 with zeros behind it.
public struct TextTable: ShardTable {
  public static let kind = ShardKind.texts
  public static let schema = 1
  /// The most bytes of a caption that are kept for people to read.
  public static let longestText = 512

  /// Images without views: where training images are augmented, the samples of image i are i · views + view.
  public var sampleIDs: [UInt64]
  /// (records, T), each below `vocabularySize`.
  public var tokens: [UInt16]
  /// The captions, cut between two characters.
  public var texts: [String]
  public var length: Int
  public var vocabularySize: Int
  /// `train` or `test`.
  public var split: String
  /// Content id of the text tokenizer.
  public var tokenizerContentID: String
  public var remarks: Remarks

  /// How many captions are not as they were, and how many images have none.
  public struct Remarks: Sendable, Equatable {
    /// Captions that have more than T tokens.
    public var truncated: Int
    /// Captions with U+FFFD, which stands where bytes were no UTF-8.
    public var repaired: Int
    /// Captions without any token.
    public var empty: Int
    /// Images of the split without a caption.
    public var uncaptioned: Int

    public init(truncated: Int = 0, repaired: Int = 0, empty: Int = 0, uncaptioned: Int = 0) {
      self.truncated = truncated
      self.repaired = repaired
      self.empty = empty
      self.uncaptioned = uncaptioned
    }
  }

  public init(
    sampleIDs: [UInt64], tokens: [UInt16], texts: [String], length: Int, vocabularySize: Int, split: String,
    tokenizerContentID: String, remarks: Remarks
  ) {
    precondition(tokens.count == sampleIDs.count * length, "tokens of another length")
    precondition(texts.count == sampleIDs.count, "\(sampleIDs.count) captions need as many texts")
    self.sampleIDs = sampleIDs
    self.tokens = tokens
    self.texts = texts.map { Self.kept($0) }
    self.length = length
    self.vocabularySize = vocabularySize
    self.split = split
    self.tokenizerContentID = tokenizerContentID
    self.remarks = remarks
  }

  /// What is kept of a caption in so many bytes: whole characters.
  static func kept(_ text: String, bytes most: Int = longestText) -> String {
    let bytes = Array(text.utf8.prefix(most + 1))
    guard bytes.count > most else { return text }
    var end = most
    while bytes[end] & 0xc0 == 0x80 { end -= 1 }
    return String(decoding: bytes[..<end], as: UTF8.self)
  }

  public var count: Int { sampleIDs.count }
  /// The ids of one caption with its padding.
  public func tokens(of record: Int) -> ArraySlice<UInt16> {
    tokens[(record * length)..<((record + 1) * length)]
  }

  public var columns: [NewColumn] {
    let width = texts.map(\.utf8.count).max() ?? 0
    let bytes = texts.flatMap { PaddedText.bytes($0, width: width) }
    return [
      NewColumn("sample_id", .u64(sampleIDs)), NewColumn("token", shape: [length], .u16(tokens)),
      NewColumn("text", shape: [width], .u8(bytes)),
    ]
  }

  public var extra: JSONValue {
    [
      "vocabulary_size": .integer(vocabularySize), "length": .integer(length), "split": .string(split),
      "tokenizer": .string(tokenizerContentID), "truncated": .integer(remarks.truncated),
      "repaired": .integer(remarks.repaired), "empty": .integer(remarks.empty),
      "uncaptioned": .integer(remarks.uncaptioned),
    ]
  }

  public init(shard: Shard) throws {
    func count(_ key: String) throws -> Int {
      try shard.fact(key, "a count") { $0.int.flatMap { $0 >= 0 ? $0 : nil } }
    }
    vocabularySize = try shard.vocabularySize()
    length = try shard.fact("length", "a positive count") { $0.int.flatMap { $0 > 0 ? $0 : nil } }
    split = try shard.fact("split", "'train' or 'test'") { value in
      value.string.flatMap { TokenTable.splits.contains($0) ? $0 : nil }
    }
    tokenizerContentID = try shard.text("tokenizer")
    remarks = Remarks(
      truncated: try count("truncated"), repaired: try count("repaired"), empty: try count("empty"),
      uncaptioned: try count("uncaptioned"))
    sampleIDs = try shard.u64("sample_id")
    tokens = try shard.u16("token", shape: [length])
    let width = shard.header.columns.first { $0.name == "text" }?.shape.first ?? 0
    guard width <= Self.longestText else {
      throw shard.mismatch(expected: "texts of at most \(Self.longestText) bytes", found: "\(width)")
    }
    let bytes = try shard.u8("text", shape: [width])
    texts = try sampleIDs.indices.map { record in
      try shard.text(
        of: bytes[(record * width)..<((record + 1) * width)], record: record, called: "texts")
    }
  }

  public func check() throws(TableProblem) {
    if let record = sampleIDs.indices.dropFirst().first(where: { sampleIDs[$0] < sampleIDs[$0 - 1] }) {
      throw TableProblem(
        expected: "images in ascending sequence",
        found: "sample \(sampleIDs[record]) after \(sampleIDs[record - 1]) in record \(record)")
    }
    if let index = tokens.firstIndex(where: { $0 >= vocabularySize }) {
      throw TableProblem(
        expected: "tokens below the vocabulary size \(vocabularySize)",
        found: "\(tokens[index]) in record \(index / length)")
    }
    if let index = tokens.indices.first(where: { $0 % length > 0 && tokens[$0] != 0 && tokens[$0 - 1] == 0 })
    {
      throw TableProblem(
        expected: "padding behind the last token alone",
        found: "padding before one in record \(index / length)")
    }
    guard TokenTable.splits.contains(split) else {
      throw TableProblem(expected: "the split 'train' or 'test'", found: "'\(split)'")
    }
    let empty = (0..<count).count { tokens[$0 * length] == 0 }
    guard remarks.empty == empty else {
      throw TableProblem(expected: "\(empty) captions without a token in 'empty'", found: "\(remarks.empty)")
    }
    guard max(remarks.truncated, remarks.repaired) <= count else {
      throw TableProblem(
        expected: "at most \(count) captions in 'truncated' and 'repaired'",
        found: "\(max(remarks.truncated, remarks.repaired))")
    }
  }
}
