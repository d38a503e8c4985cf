import Foundation

/// What happens to a text before its words are looked up: how it is made uniform, and where it is divided.
public struct TextRules: Sendable, Equatable {
  /// One step towards a uniform text.
  public enum Step: Sendable, Equatable {
    /// Canonical composition: e and an accent become one é.
    case composition
    /// Every character by itself, so that Σ becomes σ at the end of a word too.
    case lowercase
    /// Each run of white space becomes one space.
    case whiteSpace
  }

  /// How often HTML's character references, such as `&amp;`, are resolved before all else.
  public let htmlUnescapes: Int
  /// In this sequence.
  public let steps: [Step]
  /// Whether a space is put before a text that does not begin with one, so that a word is one token wherever it
  /// stands.
  public let prefixSpace: Bool
  public let division: TextDivision
  /// What the last symbol of a word ends with; empty for none.
  public let wordEnd: String

  public init(
    htmlUnescapes: Int = 0, steps: [Step], prefixSpace: Bool, division: TextDivision, wordEnd: String = ""
  ) {
    self.htmlUnescapes = htmlUnescapes
    self.steps = steps
    self.prefixSpace = prefixSpace
    self.division = division
    self.wordEnd = wordEnd
  }

  /// Those of the tokenizers that the project trains.
  public static let trained = TextRules(
    steps: [.composition, .lowercase], prefixSpace: true, division: .words)

  /// Those of CLIP, without the repairs of ftfy beyond composition.
  public static let clip = TextRules(
    htmlUnescapes: 2, steps: [.composition, .whiteSpace, .lowercase], prefixSpace: false, division: .clip,
    wordEnd: "</w>")

  /// The characters of a text as they are divided. They may be none.
  func scalars(of text: String) -> [Unicode.Scalar] {
    var text = text
    for _ in 0..<htmlUnescapes where text.utf8.contains(UInt8(ascii: "&")) {
      text = HTMLReferences.resolved(text)
    }
    var scalars = Array(text.unicodeScalars)
    for step in steps {
      switch step {
      case .composition: scalars = Self.composed(scalars)
      case .lowercase: scalars = Self.lowercased(scalars)
      case .whiteSpace: scalars = Self.withSingleSpaces(scalars)
      }
    }
    if prefixSpace, let first = scalars.first, first != " " { scalars.insert(" ", at: 0) }
    return scalars
  }

  private static func composed(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    // Composition changes nothing below U+0300.
    guard scalars.contains(where: { $0.value >= 0x300 }) else { return scalars }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return Array(String(text).precomposedStringWithCanonicalMapping.unicodeScalars)
  }

  private static func lowercased(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count + 1)
    for scalar in scalars {
      if scalar.isASCII {
        let isCapital = ("A"..."Z").contains(scalar)
        result.append(isCapital ? Unicode.Scalar(UInt8(scalar.value) | 0x20) : scalar)
      } else {
        result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
      }
    }
    return result
  }

  private static func withSingleSpaces(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(scalars.count)
    var isInside = false
    for scalar in scalars {
      let isSpace = scalar.properties.isWhitespace
      if !isSpace { result.append(scalar) } else if !isInside { result.append(" ") }
      isInside = isSpace
    }
    return result
  }
}
