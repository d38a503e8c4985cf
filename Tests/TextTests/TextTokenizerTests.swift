import Foundation
import TestSupport
import Testing
import Text

/// Ids, tokens and files are those of Hugging Face's `tokenizers`.
@Suite struct TextTokenizerTests {
  @Test func `ids, tokens and decoded texts of the fixture are met`() throws {
    let tokenizer = try TextFixtures.tokenizerA()
    var encoder = TextEncoder(tokenizer)
    for expected in try TextFixtures.encodings("tokenizer-a.encodings.json") {
      // The second time from memory.
      for _ in 0..<2 { #expect(encoder.encode(expected.text) == expected.ids, "\(expected.text)") }
      #expect(expected.ids.map { tokenizer.tokens[Int($0)] } == expected.tokens)
      #expect(tokenizer.decode(expected.ids) == expected.decoded)
    }
  }

  @Test func `the file is written to the byte`() throws {
    let path = TextFixtures.path("tokenizer-a.json")
    #expect(try Array(TextFixtures.tokenizerA().json.utf8) == bytes(of: path))
  }

  @Test func `training on the captions gives the file of the other trainer`() throws {
    var training = BytePairTraining()
    for caption in try TextFixtures.captions() { training.add(caption) }
    let trained = training.tokenizer(vocabularySize: 420)
    #expect(try trained == TextFixtures.tokenizerA())
    var reversed = BytePairTraining()
    for caption in try TextFixtures.captions().reversed() { reversed.add(caption) }
    #expect(reversed.tokenizer(vocabularySize: 420) == trained)
  }

  @Test func `training ends where no pair occurs twice`() throws {
    var training = BytePairTraining()
    #expect(training.tokenizer(vocabularySize: 300).vocabularySize == 257)
    training.add("ababab xy")
    let tokenizer = training.tokenizer(vocabularySize: 300)
    #expect(tokenizer.tokens[257...].elementsEqual(["ab", "abab"]) || tokenizer.tokens.count <= 260)
    for token in tokenizer.tokens { #expect(!token.contains("xy")) }
  }

  @Test func `merges written as text are read as pairs are`() throws {
    let folder = try TemporaryFolder()
    let text = try String(contentsOfFile: TextFixtures.path("tokenizer-a.json"), encoding: .utf8)
    let old = text.replacing(/\[\s+("[^ ]+"),\s+("[^ ]+")\s+\]/) { match in
      "\(match.1.dropLast()) \(match.2.dropFirst())"
    }
    #expect(old.contains(#""Ġ s""#))
    try write(Array(old.utf8), to: folder.file("old.json"))
    #expect(try TextTokenizer(readingFile: folder.file("old.json")) == TextFixtures.tokenizerA())
  }

  @Test func `captions of any kind become ids`() throws {
    let tokenizer = try TextFixtures.tokenizerA()
    var encoder = TextEncoder(tokenizer)
    #expect(encoder.encode("", length: 3) == EncodedText(ids: [0, 0, 0], isTruncated: false))
    #expect(encoder.encode("", length: 3).count == 0)
    let short = encoder.encode("a red shoe", length: 4)
    #expect(short.ids == [278, 347, 362, 0] && short.count == 3 && !short.isTruncated)
    #expect(!encoder.encode("a red shoe", length: 3).isTruncated)
    #expect(encoder.encode("a red shoe", length: 2) == EncodedText(ids: [278, 347], isTruncated: true))
    // Names of special tokens are text: nothing in a caption becomes padding.
    #expect(!encoder.encode("a <pad> b").contains(0))
    let invalid = String(decoding: [0x61, 0xff, 0x62] as [UInt8], as: UTF8.self)
    #expect(invalid.isRepaired && tokenizer.decode(encoder.encode(invalid)) == " a\u{fffd}b")
    for text in ["ⴰⵎⵓⵔ ᚠᚢᚦ 𓀀𓂀", "e\u{301}", "\0", "\u{1F468}\u{200D}\u{1F469}"] {
      #expect(
        tokenizer.decode(encoder.encode(text)) == " " + text.precomposedStringWithCanonicalMapping)
    }
    #expect(encoder.encode("e\u{301}") == encoder.encode("\u{e9}"))
    #expect(encoder.encode("İΣ") == encoder.encode("i\u{307}σ"))
  }

  @Test func `long texts take time in proportion`() throws {
    var encoder = TextEncoder(try TextFixtures.tokenizerA())
    // A word that nothing divides, longer than is looked at, and the same as many words.
    let word = String(repeating: "abcdefghij", count: 20_000)
    let clock = ContinuousClock()
    let took = clock.measure {
      let encoded = encoder.encode(word, length: 16)
      #expect(encoded.isTruncated && encoded.count == 16)
      #expect(encoder.encode(word).count > 20_000)
      #expect(encoder.encode(String(word.prefix(10_000)), length: 20_000).count > 3_000)
      #expect(encoder.encode(String(repeating: "red dress, ", count: 1_000), length: 16).isTruncated)
    }
    // What goes by the square of the length takes minutes; the bound leaves room for busy machines.
    #expect(took < .seconds(60), "\(took)")
    // Cut between two characters.
    let long = String(repeating: "日", count: 30_000)
    #expect(encoder.encode(long).count == 21_845 * 3 + 1 && encoder.encode(long, length: 70_000).isTruncated)
  }

  @Test func `merging is that of the rule taken literally`() throws {
    // Ranks at random, so that a merge may come before those of its parts.
    var state: UInt64 = 7
    func random(_ limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
    for _ in 0..<200 {
      var tokens = ["a", "b", "c"]
      var merges: [TextTokenizer.Merge] = []
      for _ in 0..<12 {
        let (left, right) = (random(tokens.count), random(tokens.count))
        guard !merges.contains(where: { Int($0.left) == left && Int($0.right) == right }) else { continue }
        let text = tokens[left] + tokens[right]
        let id = tokens.firstIndex(of: text) ?? tokens.count
        if id == tokens.count { tokens.append(text) }
        merges.insert(
          .init(left: UInt16(left), right: UInt16(right), product: UInt16(id)), at: random(merges.count + 1))
      }
      let word = (0..<random(30)).map { _ in UInt16(random(3)) }
      #expect(MergeTable(merges).merged(word) == literally(merges, word))
    }
  }

  @Test func `a pair that another merge took apart waits for its own turn`() {
    // Of a b c d: bc; then ab is gone, and a bc (rank 3) comes behind bc d (rank 2).
    let merges: [TextTokenizer.Merge] = [(1, 2, 4), (0, 1, 5), (4, 3, 6), (0, 4, 7)].map {
      .init(left: $0.0, right: $0.1, product: $0.2)
    }
    #expect(MergeTable(merges).merged([0, 1, 2, 3]) == [0, 6])
    #expect(MergeTable(merges).merged([0, 1, 2]) == [7] && MergeTable(merges).merged([0, 1]) == [5])
  }

  /// The pair of the lowest rank, the first of equals, again and again.
  private func literally(_ merges: [TextTokenizer.Merge], _ word: [UInt16]) -> [UInt16] {
    var word = word
    while true {
      var best: (rank: Int, position: Int)?
      for position in word.indices.dropLast() {
        let rank = merges.firstIndex { $0.left == word[position] && $0.right == word[position + 1] }
        if let rank, rank < best?.rank ?? .max { best = (rank, position) }
      }
      guard let best else { return word }
      word.replaceSubrange(best.position...best.position + 1, with: [merges[best.rank].product])
    }
  }
}
