/// Where a text is divided into pieces; no token crosses the end of one.
public enum TextDivision: Sendable, Equatable {
  /// GPT-2's pattern, whose pieces are all of the text, a space with the word behind it:
  /// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`.
  case words
  /// CLIP's pattern, which leaves white space out and takes digits one by one:
  /// `'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`.
  case clip
  /// The whole text is one piece.
  case none
}

/// The pieces of a text one by one, in time that grows with its length alone.
package struct TextPieces: Sequence, IteratorProtocol {
  /// What the patterns tell apart.
  private enum Class { case letter, number, space, other }

  private let scalars: [Unicode.Scalar]
  private let division: TextDivision
  private var position = 0

  package init(_ scalars: [Unicode.Scalar], _ division: TextDivision) {
    self.scalars = scalars
    self.division = division
  }

  /// The positions of the next piece, never none; nil at the end.
  package mutating func next() -> Range<Int>? {
    if division == .clip { while position < scalars.count, classOf(position) == .space { position += 1 } }
    guard position < scalars.count else { return nil }
    let start = position
    position = end(from: start)
    return start..<position
  }

  private func end(from start: Int) -> Int {
    if division == .none { return scalars.count }
    if let end = contraction(at: start) { return end }
    let found = classOf(start)
    if division == .clip { return found == .number ? start + 1 : run(of: found, from: start) }
    if scalars[start] == " ", start + 1 < scalars.count, classOf(start + 1) != .space {
      return run(of: classOf(start + 1), from: start + 1)
    }
    let end = run(of: found, from: start)
    // White space before a word leaves its last character to it, unless it is the only one.
    return found == .space && end < scalars.count && end - start > 1 ? end - 1 : end
  }

  /// The end of what stands for a shortened word, such as 's.
  private func contraction(at start: Int) -> Int? {
    guard scalars[start] == "'", start + 1 < scalars.count else { return nil }
    switch scalars[start + 1] {
    case "s", "t", "m", "d": return start + 2
    case "r", "v": return start + 2 < scalars.count && scalars[start + 2] == "e" ? start + 3 : nil
    case "l": return start + 2 < scalars.count && scalars[start + 2] == "l" ? start + 3 : nil
    default: return nil
    }
  }

  private func run(of wanted: Class, from start: Int) -> Int {
    var end = start
    while end < scalars.count, classOf(end) == wanted { end += 1 }
    return end
  }

  private func classOf(_ index: Int) -> Class {
    let scalar = scalars[index]
    switch scalar {
    case "a"..."z", "A"..."Z": return .letter
    case "0"..."9": return .number
    case " ": return .space
    default: break
    }
    if scalar.properties.isWhitespace { return .space }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return .letter
    case .decimalNumber, .letterNumber, .otherNumber: return .number
    default: return .other
    }
  }
}

extension Sequence where Element == Unicode.Scalar {
  /// The characters in UTF-8.
  var utf8Bytes: [UInt8] {
    var bytes: [UInt8] = []
    for scalar in self {
      if scalar.isASCII { bytes.append(UInt8(scalar.value)) } else { bytes += Array(String(scalar).utf8) }
    }
    return bytes
  }
}
