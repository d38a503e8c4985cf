import TestSupport
import Testing
import Text

/// CLIP's merges file, whose ids are shifted by one so that 0 is padding.
@Suite struct CLIPMergesTests {
  private func tokenizer() throws -> TextTokenizer {
    try TextTokenizer(readingFile: TextFixtures.path("clip-a.merges.txt"))
  }

  @Test func `ids are those of CLIP plus one`() throws {
    let tokenizer = try tokenizer()
    #expect(tokenizer.vocabularySize == 1 + 512 + 90 + 2)
    #expect(tokenizer.tokens[0] == "<pad>" && tokenizer.tokens[1] == "!" && tokenizer.tokens[257] == "!</w>")
    #expect(tokenizer.special == [0, 603, 604])
    var encoder = TextEncoder(tokenizer)
    for expected in try TextFixtures.encodings("clip-a.encodings.json") {
      #expect(encoder.encode(expected.text) == expected.ids.map { $0 + 1 }, "\(expected.text)")
    }
    #expect(tokenizer.decode(encoder.encode("A red dress!")) == "a red dress ! ")
  }

  @Test func `it comes back from a tokenizer file, but for the character references`() throws {
    let folder = try TemporaryFolder()
    let tokenizer = try tokenizer()
    try write(Array(tokenizer.json.utf8), to: folder.file("clip.json"))
    let again = try TextTokenizer(readingFile: folder.file("clip.json"))
    #expect(
      again.tokens == tokenizer.tokens && again.merges == tokenizer.merges && again.rules.division == .clip)
    #expect(again.rules.htmlUnescapes == 0 && again.rules.wordEnd == "</w>")
    let table = tokenizer.table(origin: "CLIP")
    #expect(try TextTokenizer(table, path: "x") == tokenizer)
  }

  @Test(arguments: [
    ("&amp;lt;", "&lt;"), ("&notit;", "¬it;"), ("&AMP", "&"), ("&apos &apos;", "&apos '"),
    ("&#0;&#13;&#150;&#x110000;&#xD800;&#1;", "\u{fffd}\r–\u{fffd}\u{fffd}"), ("&;&#;&#x;", "&;&#;&#x;"),
    ("&copyright", "©right"), ("&hellip;", "…"), ("&#38;amp;", "&amp;"), ("&#99999999999999;", "\u{fffd}"),
    ("&#65534;", ""), ("&amp-x;", "&-x;"), ("&Aacute", "Á"), ("&alpha &alpha;", "&alpha α"),
    ("&bogus;", "&bogus;"),
    ("no reference & none", "no reference & none"), ("&#x41;&#X42;&#067;", "ABC"), ("&", "&"),
  ]) func `character references are those of Python`(text: String, expected: String) {
    #expect(Array(HTMLReferences.resolved(text).unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test(arguments: [
    ("", "it is empty"), ("\u{1f}\u{8b}", "gunzip"), ("#version: 0.2\nĠ t\nh e\n", "as those of CLIP do"),
    ("v\na b c</w>\n", "line 2"), ("v\na b</w>\nab</w>\n", "line 3"), ("v\na b</w>\na b</w>\n", "twice"),
    ("v\nab c</w>\n", "'ab', which the vocabulary lacks"), ("v\na <pad></w>\n", "lacks"),
  ]) func `other files are refused`(text: String, what: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("merges.txt")
    try write(text == "\u{1f}\u{8b}" ? [0x1f, 0x8b, 8] : Array(text.utf8), to: path)
    let error = #expect(throws: TextError.self) { try TextTokenizer(readingFile: path) }
    #expect(error?.exitCode == 65)
    #expect(
      error?.description.hasPrefix(path) == true && error?.description.contains(what) == true, "\(error!)")
  }
}
