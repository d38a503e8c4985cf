import Testing
import Text

/// Texts are divided as the patterns say.
@Suite struct TextDivisionTests {
  private static let texts: [String] = {
    let parts = [
      " ", "  ", "\t", "\n", "\u{a0}", "\u{3000}", "\u{2028}", "a", "Zz", "ß", "日本", "ʰ", "\u{301}", "1",
      "42", "Ⅻ", "½",
      "٣", "'", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d", "'S", "!", "—", "👟", "_", "<pad>", "\0",
      "\u{200d}",
    ]
    var state: UInt64 = 1
    return (0..<3_000).map { _ in
      (0..<8).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return parts[Int(state >> 33) % parts.count]
      }.joined()
    }
  }()

  private func pieces(_ text: String, _ division: TextDivision) -> [String] {
    let scalars = Array(text.unicodeScalars)
    return TextPieces(scalars, division).map { String(String.UnicodeScalarView(scalars[$0])) }
  }

  @Test func `words are those of the pattern of GPT-2`() {
    let pattern = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/
      .matchingSemantics(.unicodeScalar)
    for text in Self.texts {
      let found = pieces(text, .words)
      #expect(found == text.matches(of: pattern).map { String($0.output) }, "\(text.debugDescription)")
      #expect(found.joined().unicodeScalars.elementsEqual(text.unicodeScalars))
    }
  }

  @Test func `words are those of the pattern of CLIP`() {
    let pattern = /'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+/
      .matchingSemantics(.unicodeScalar)
    for text in Self.texts {
      #expect(
        pieces(text, .clip) == text.matches(of: pattern).map { String($0.output) }, "\(text.debugDescription)"
      )
    }
  }

  @Test func `the last of several blanks goes with the word`() {
    #expect(
      pieces("  two  words \n x\n y ", .words) == [" ", " two", " ", " words", " \n", " x", "\n", " y", " "])
    #expect(pieces("a b", .none) == ["a b"])
    #expect(pieces("", .words) == [] && pieces(" \n ", .clip) == [])
  }
}
