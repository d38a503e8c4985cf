extension SampleTable {
  /// What images were drawn from in words: an optional column `text`, u8[B], of models of captions alone, in UTF-8 with
  /// zeros behind.
  public struct Texts: Sendable, Equatable {
    /// (records); what is longer than B bytes is cut between two characters.
    public var texts: [String]
    /// B.
    public let width: Int
    /// Content id of the text tokenizer.
    public let tokenizer: String

    /// - Parameter width: at most `TextTable.longestText`.
    public init(texts: [String] = [], width: Int, tokenizer: String) {
      precondition(width <= TextTable.longestText)
      self.texts = texts
      self.width = width
      self.tokenizer = tokenizer
    }

    var column: NewColumn {
      let bytes = texts.flatMap { text in
        PaddedText.bytes(TextTable.kept(text, bytes: width), width: width)
      }
      return NewColumn("text", shape: [width], .u8(bytes))
    }

    /// Reads the column; nil for a shard without the fact `text_tokenizer`.
    /// - Throws: `ShardError` for a column that is missing, or bytes that are no UTF-8.
    init?(shard: Shard) throws {
      guard let tokenizer = shard.header.extra["text_tokenizer"]?.string else { return nil }
      let width = shard.header.columns.first { $0.name == "text" }?.shape.first ?? 0
      guard width <= TextTable.longestText else {
        throw shard.mismatch(expected: "texts of at most \(TextTable.longestText) bytes", found: "\(width)")
      }
      let bytes = try shard.u8("text", shape: [width])
      self.init(
        texts: try (0..<shard.header.records).map { record in
          try shard.text(of: bytes[record * width..<(record + 1) * width], record: record, called: "texts")
        }, width: width, tokenizer: tokenizer)
    }
  }
}
