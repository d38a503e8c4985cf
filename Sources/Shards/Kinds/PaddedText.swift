/// A text in a column of bytes: UTF-8 with zeros behind, as wide as the column.
enum PaddedText {
  /// - Parameter width: at least the text's bytes.
  static func bytes(_ text: String, width: Int) -> [UInt8] {
    Array(text.utf8) + [UInt8](repeating: 0, count: width - text.utf8.count)
  }
}

extension Shard {
  /// The text of some bytes of a record.
  /// - Parameter name: what such texts are called where they are no UTF-8.
  /// - Throws: `ShardError.mismatch` for bytes that are no UTF-8.
  func text(of padded: ArraySlice<UInt8>, record: Int, called name: String) throws -> String {
    let end = padded.lastIndex { $0 != 0 }.map { $0 + 1 } ?? padded.startIndex
    guard let text = String(validating: padded[..<end], as: UTF8.self) else {
      throw mismatch(expected: "\(name) in UTF-8", found: "other bytes in record \(record)")
    }
    return text
  }
}
