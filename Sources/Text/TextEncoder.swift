/// A text as a model reads it.
public struct EncodedText: Sendable, Equatable {
  /// T ids, 0 behind the last token.
  public let ids: [UInt16]
  /// Whether the text has more tokens than fit, or more bytes than are looked at.
  public let isTruncated: Bool

  package init(ids: [UInt16], isTruncated: Bool) {
    self.ids = ids
    self.isTruncated = isTruncated
  }

  /// Tokens before the padding.
  public var count: Int { ids.firstIndex(of: TextTokenizer.padding) ?? ids.count }
}

/// Turns texts into ids, and remembers the words it has seen.
public struct TextEncoder {
  /// The most bytes of a text that are looked at; what follows is left out as behind the last token.
  public static let longestText = 65_536
  /// The longest word that is remembered, in bytes, and the most of them.
  private static let longestKept = 64
  private static let mostKept = 100_000

  public let tokenizer: TextTokenizer
  private var known: [[UInt8]: [UInt16]] = [:]

  public init(_ tokenizer: TextTokenizer) { self.tokenizer = tokenizer }

  /// The ids of a text of any length, padded with 0 to a length.
  /// - Parameter length: T, at least 1.
  public mutating func encode(_ text: String, length: Int) -> EncodedText {
    let (start, isCut) = Self.beginning(of: text)
    var ids = tokens(of: start, atMost: length + 1)
    let isTruncated = isCut || ids.count > length
    if ids.count > length { ids.removeLast(ids.count - length) }
    ids.append(contentsOf: repeatElement(TextTokenizer.padding, count: length - ids.count))
    return EncodedText(ids: ids, isTruncated: isTruncated)
  }

  /// All ids of a text, of at most `longestText` bytes of it.
  public mutating func encode(_ text: String) -> [UInt16] {
    tokens(of: Self.beginning(of: text).text, atMost: .max)
  }

  /// As much of a text as is looked at, cut between two characters.
  static func beginning(of text: String) -> (text: String, isCut: Bool) {
    guard text.utf8.count > longestText else { return (text, false) }
    let bytes = Array(text.utf8.prefix(longestText + 1))
    return (String(decoding: bytes[..<wholeCharacters(bytes, atMost: longestText)], as: UTF8.self), true)
  }

  private mutating func tokens(of text: String, atMost limit: Int) -> [UInt16] {
    let scalars = tokenizer.rules.scalars(of: text)
    var ids: [UInt16] = []
    for range in TextPieces(scalars, tokenizer.rules.division) {
      ids += tokens(of: scalars[range].utf8Bytes)
      if ids.count >= limit { break }
    }
    return ids
  }

  /// The tokens of one piece, which is never empty.
  private mutating func tokens(of piece: [UInt8]) -> [UInt16] {
    if let ids = known[piece] { return ids }
    var symbols = piece.map { tokenizer.byteIDs[Int($0)] }
    if let last = piece.last { symbols[symbols.count - 1] = tokenizer.lastByteIDs[Int(last)] }
    let ids = tokenizer.table.merged(symbols)
    if piece.count <= Self.longestKept {
      if known.count >= Self.mostKept { known.removeAll(keepingCapacity: true) }
      known[piece] = ids
    }
    return ids
  }
}

/// The most bytes of valid UTF-8 that end between two characters, at most `limit` of those given.
func wholeCharacters(_ bytes: [UInt8], atMost limit: Int) -> Int {
  guard bytes.count > limit else { return bytes.count }
  var end = limit
  while end > 0, bytes[end] & 0xc0 == 0x80 { end -= 1 }
  return end
}
