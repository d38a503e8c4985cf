extension SampleTable {
  /// The column `text`, u8[B]: what each image was drawn from in words, in UTF-8 with zeros behind; of models of captions
  /// alone. Texts are cut between two characters.
  static func textColumn(_ texts: [String]) -> NewColumn {
    let kept = texts.map { TextTable.kept($0) }
    let width = kept.map(\.utf8.count).max() ?? 0
    return NewColumn(
      "text", shape: [width],
      .u8(kept.flatMap { Array($0.utf8) + [UInt8](repeating: 0, count: width - $0.utf8.count) }))
  }

  /// Reads the column; nil for a shard without the fact `text_tokenizer`.
  static func texts(_ shard: Shard, records: Int) throws -> Texts? {
    guard let tokenizer = shard.header.extra["text_tokenizer"]?.string else { return nil }
    let width = shard.header.columns.first { $0.name == "text" }?.shape.first ?? 0
    let bytes = try shard.u8("text", shape: [width])
    let texts = try (0..<records).map { record in
      let padded = bytes[record * width..<(record + 1) * width]
      let end = padded.lastIndex { $0 != 0 }.map { $0 + 1 } ?? padded.startIndex
      guard let text = String(validating: padded[..<end], as: UTF8.self) else {
        throw shard.mismatch(expected: "texts in UTF-8", found: "other bytes in record \(record)")
      }
      return text
    }
    return Texts(texts: texts, tokenizer: tokenizer)
  }

  /// What images were drawn from in words.
  public struct Texts: Sendable, Equatable {
    /// (records).
    public var texts: [String]
    /// Content id of the text tokenizer.
    public var tokenizer: String

    public init(texts: [String], tokenizer: String) {
      self.texts = texts
      self.tokenizer = tokenizer
    }
  }
}
