import Files
import Shards

/// A text tokenizer as it was read from its shard.
public struct TextTokenizerFile: Sendable {
  public let tokenizer: TextTokenizer
  /// Which one it is: texts and models name it.
  public let contentID: String

  /// Reads and checks a shard.
  /// - Throws: `ShardError`, `TextError`, `FileError`.
  public init(reading path: String) throws {
    let (table, header) = try TextTokenizerTable.read(path)
    tokenizer = try TextTokenizer(table, path: path)
    contentID = header.contentID
  }
}

extension TextTokenizer {
  /// The tokenizer of a table; `path` is named in errors.
  /// - Throws: `TextError` for one that this program does not compute, or whose id 0 is no padding.
  public init(_ table: TextTokenizerTable, path: String) throws {
    let json = try TokenizerJSON(parsing: table.json, path: path)
    guard json.beginsWithPadding else {
      throw TextError.malformed(path: path, what: "its id 0 is not padding, as it must be in a shard")
    }
    self = try json.tokenizer(htmlUnescapes: Int(table.htmlUnescapes))
  }

  /// The tokenizer as the content of a shard.
  /// - Parameter origin: where it comes from, in words.
  public func table(origin: String) -> TextTokenizerTable {
    TextTokenizerTable(
      json: Array(json.utf8), htmlUnescapes: UInt8(rules.htmlUnescapes), vocabularySize: vocabularySize,
      origin: origin)
  }
}
