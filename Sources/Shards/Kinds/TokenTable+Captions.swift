import Files

extension TokenTable {
  /// The captions of tokenised images: optional columns of a shard of tokens, which has all of them or none.
  ///
  /// Columns: `caption_count` u16; `caption` u16[M,T], ids of a text tokenizer with 0 behind the last one, and zeros
  /// where an image has fewer than M captions; `caption_text` u8[M,B], their beginnings in UTF-8 with zeros behind.
  public struct Captions: Sendable, Equatable {
    /// T.
    public var length: Int
    public var vocabularySize: Int
    /// Content id of the text tokenizer.
    public var tokenizer: String
    /// How many captions each record has.
    public var counts: [UInt16]
    /// (captions, T), those of a record behind those of the one before.
    public var tokens: [UInt16]
    /// (captions).
    public var texts: [String]

    public init(
      length: Int, vocabularySize: Int, tokenizer: String, counts: [UInt16] = [], tokens: [UInt16] = [],
      texts: [String] = []
    ) {
      self.length = length
      self.vocabularySize = vocabularySize
      self.tokenizer = tokenizer
      self.counts = counts
      self.tokens = tokens
      self.texts = texts
      precondition(tokens.count == texts.count * length && counts.reduce(0) { $0 + Int($1) } == texts.count)
    }

    /// Adds the captions of one record.
    public mutating func append(_ tokens: [ArraySlice<UInt16>], _ texts: [String]) {
      precondition(tokens.count == texts.count && tokens.allSatisfy { $0.count == length })
      counts.append(UInt16(tokens.count))
      for caption in tokens { self.tokens += caption }
      self.texts += texts
    }

    var facts: JSONValue {
      [
        "length": .integer(length), "vocabulary_size": .integer(vocabularySize),
        "tokenizer": .string(tokenizer),
      ]
    }

    var columns: [NewColumn] {
      let most = counts.max().map { Int($0) } ?? 0
      let bytes = texts.map(\.utf8.count).max() ?? 0
      var ids = [UInt16](repeating: 0, count: counts.count * most * length)
      var words = [UInt8](repeating: 0, count: counts.count * most * bytes)
      var caption = 0
      for (record, count) in counts.enumerated() {
        for index in 0..<Int(count) {
          let place = record * most + index
          ids.replaceSubrange(
            place * length..<(place + 1) * length, with: tokens[caption * length..<(caption + 1) * length])
          let text = Array(texts[caption].utf8)
          words.replaceSubrange(place * bytes..<place * bytes + text.count, with: text)
          caption += 1
        }
      }
      return [
        NewColumn("caption_count", .u16(counts)), NewColumn("caption", shape: [most, length], .u16(ids)),
        NewColumn("caption_text", shape: [most, bytes], .u8(words)),
      ]
    }

    /// Reads the columns; nil for a shard without the fact `captions`.
    /// - Throws: `ShardError` for a column or fact that is missing or of another shape.
    init?(shard: Shard) throws {
      guard shard.header.extra["captions"] != nil else { return nil }
      let facts = try shard.fact("captions", "{length, vocabulary_size, tokenizer}") {
        value -> (Int, Int, String)? in
        guard let length = value["length"]?.int, let size = value["vocabulary_size"]?.int,
          let tokenizer = value["tokenizer"]?.string, length > 0, (1...65536).contains(size)
        else { return nil }
        return (length, size, tokenizer)
      }
      (length, vocabularySize, tokenizer) = facts
      counts = try shard.u16("caption_count")
      func extents(_ name: String) -> [Int] { shard.header.columns.first { $0.name == name }?.shape ?? [] }
      let most = extents("caption").first ?? 0
      let bytes = extents("caption_text").last ?? 0
      guard counts.allSatisfy({ $0 <= most }) else {
        throw shard.mismatch(expected: "at most \(most) captions a record", found: "\(counts.max() ?? 0)")
      }
      let ids = try shard.u16("caption", shape: [most, length])
      let words = try shard.u8("caption_text", shape: [most, bytes])
      (tokens, texts) = ([], [])
      for (record, count) in counts.enumerated() {
        for index in 0..<Int(count) {
          let place = record * most + index
          tokens += ids[place * length..<(place + 1) * length]
          texts.append(
            try shard.text(
              of: words[place * bytes..<(place + 1) * bytes], record: record, called: "captions"))
        }
      }
    }

    /// What contradicts the table, or nil.
    func problem(records: Int) -> String? {
      if counts.count != records { return "captions of \(counts.count) records" }
      if let token = tokens.first(where: { $0 >= vocabularySize }) {
        return "token \(token) of a vocabulary of \(vocabularySize)"
      }
      return nil
    }
  }
}
