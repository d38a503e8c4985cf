import Files

/// A text tokenizer as a file of others: what `tokenize text fit` hands to every later stage.
///
/// One record. Columns: `json` u8[bytes], a `tokenizer.json` in UTF-8; `html_unescapes` u8, how often HTML's character
/// references are resolved before all that the JSON says. The length of texts is no part of it.
public struct TextTokenizerTable: ShardTable {
  public static let kind = ShardKind.textTokenizer
  public static let schema = 1

  public var json: [UInt8]
  public var htmlUnescapes: UInt8
  /// V, padding included.
  public var vocabularySize: Int
  /// Where the tokenizer comes from, in words.
  public var origin: String

  static let largestVocabulary = 65_536

  public init(json: [UInt8], htmlUnescapes: UInt8, vocabularySize: Int, origin: String) {
    self.json = json
    self.htmlUnescapes = htmlUnescapes
    self.vocabularySize = vocabularySize
    self.origin = origin
  }

  public var count: Int { 1 }

  public var columns: [NewColumn] {
    [
      NewColumn("json", shape: [json.count], .u8(json)), NewColumn("html_unescapes", .u8([htmlUnescapes])),
    ]
  }

  public var extra: JSONValue {
    ["vocabulary_size": .integer(vocabularySize), "origin": .string(origin)]
  }

  public init(shard: Shard) throws {
    guard shard.header.records == 1 else {
      throw shard.mismatch(expected: "one text tokenizer", found: "\(shard.header.records) records")
    }
    vocabularySize = try shard.vocabularySize()
    origin = try shard.text("origin")
    let length = shard.header.columns.first { $0.name == "json" }?.shape.first ?? 0
    json = try shard.u8("json", shape: [length])
    htmlUnescapes = try shard.u8("html_unescapes")[0]
  }

  /// Whether the JSON is a tokenizer that can be used is for whoever builds it.
  public func check() throws(TableProblem) {
    let found: JSONValue
    do { found = try JSONValue(parsing: json) } catch {
      throw TableProblem(expected: "a tokenizer in JSON", found: "something else, \(error)")
    }
    let size = found["model"]?["vocab"]?.object?.count
    guard size == vocabularySize else {
      throw TableProblem(
        expected: "a vocabulary of \(vocabularySize) tokens in 'model.vocab'",
        found: size.map { "\($0)" } ?? "none")
    }
    guard htmlUnescapes <= 2 else {
      throw TableProblem(expected: "at most 2 in 'html_unescapes'", found: "\(htmlUnescapes)")
    }
  }
}

extension Shard {
  /// The fact `vocabulary_size`: ids have 16 bits.
  func vocabularySize() throws -> Int {
    let limit = TextTokenizerTable.largestVocabulary
    return try fact("vocabulary_size", "between 1 and \(grouped(limit))") { value in
      value.int.flatMap { (1...limit).contains($0) ? $0 : nil }
    }
  }
}
