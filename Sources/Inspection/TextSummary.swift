import Files
import Foundation
import Shards
import Text

/// What can be said about captions, or about a text tokenizer.
struct TextSummary {
  /// How many captions or tokens are shown.
  private static let shown = 5

  /// Facts in the sequence in which they are shown.
  private(set) var facts: [(name: String, text: String, json: JSONValue)] = []

  private mutating func add(_ name: String, _ text: String, _ json: JSONValue) {
    facts.append((name, text, json))
  }

  /// - Throws: `TextError` for a tokenizer that cannot be built.
  init(_ table: TextTokenizerTable, path: String) throws {
    let tokenizer = try TextTokenizer(table, path: path)
    add("origin", table.origin, .string(table.origin))
    add(
      "vocabulary", "\(grouped(table.vocabularySize)) tokens, \(grouped(tokenizer.merges.count)) merges",
      .integer(table.vocabularySize))
    let special = tokenizer.special.map { tokenizer.tokens[$0] }
    add("special", special.joined(separator: ", "), .array(special.map { .string($0) }))
    // Those that texts are made of most are learnt first.
    let words = tokenizer.merges.map { tokenizer.decode([$0.product]) }
    let longest = words.sorted { ($1.count, $0) < ($0.count, $1) }.prefix(Self.shown)
    add(
      "first tokens", Self.list(words.prefix(Self.shown)),
      .array(words.prefix(Self.shown).map { .string($0) }))
    add("longest tokens", Self.list(longest), .array(longest.map { .string($0) }))
    if table.htmlUnescapes > 0 {
      add(
        "resolves", "HTML's character references, \(table.htmlUnescapes) times",
        .integer(Int(table.htmlUnescapes)))
    }
  }

  /// - Parameter table: at least one caption gives examples.
  init(_ table: TextTable) {
    let counts = (0..<table.count).map { table.tokens(of: $0).count { $0 != 0 } }
    let mean = Double(counts.reduce(0, +)) / Double(max(counts.count, 1))
    let images = Set(table.sampleIDs).count
    add(
      "images", "\(grouped(images)) with captions, \(grouped(table.remarks.uncaptioned)) without",
      .integer(images))
    add(
      "length", "\(table.length) tokens, \(String(format: "%.1f", mean)) of them used on average",
      .integer(table.length))
    add("vocabulary", "\(grouped(table.vocabularySize)) tokens", .integer(table.vocabularySize))
    add(
      "tokens used", grouped(Set(table.tokens).subtracting([0]).count),
      .integer(Set(table.tokens).subtracting([0]).count))
    let remarks = table.remarks
    for (name, count) in [
      ("truncated", remarks.truncated), ("repaired", remarks.repaired), ("empty", remarks.empty),
    ] {
      add(name, "\(grouped(count)) captions", .integer(count))
    }
    add("tokenizer", table.tokenizerContentID, .string(table.tokenizerContentID))
    for record in 0..<min(table.count, Self.shown) {
      add(
        "caption \(record)",
        "\(Self.quoted(table.texts[record]))  \(counts[record]) tokens, sample \(table.sampleIDs[record])",
        .string(table.texts[record]))
    }
  }

  private static func list(_ texts: some Sequence<String>) -> String {
    texts.map(quoted).joined(separator: ", ")
  }

  /// A text on one line, cut to what a line can bear.
  private static func quoted(_ text: String) -> String {
    let line = JSONValue.string(text).text
    return line.count > 80 ? "\(line.prefix(79))…\"" : line
  }
}
