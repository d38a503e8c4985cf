import Foundation
import TestSupport
import Testing
import Text

/// Files of other tokenizers: what is read, and what is refused in one sentence.
@Suite struct TokenizerJSONTests {
  @Test(arguments: [
    (#""type": "BPE""#, #""type": "WordPiece""#, "'model.type' must be BPE"),
    (#""type": "NFC""#, #""type": "NFKC""#, "'normalizer' must be"),
    (
      #""post_processor": null"#, #""post_processor": {"type": "RobertaProcessing"}"#,
      "'post_processor' must be null"
    ),
    (#""byte_fallback": false"#, #""byte_fallback": true"#, "'model.byte_fallback' must be false"),
    (#""ignore_merges": false"#, #""ignore_merges": true"#, "'model.ignore_merges'"),
    (#""dropout": null"#, #""dropout": 0.1"#, "'model.dropout'"),
    (
      #""continuing_subword_prefix": null"#, ###""continuing_subword_prefix": "##""###,
      "'model.continuing_subword_prefix'"
    ),
    (#""special": true"#, #""special": false"#, "'added_tokens' must be special ones"),
    (
      #""pre_tokenizer": {"#, #""pre_tokenizer": {"type": "Whitespace"}, "old": {"#,
      "'pre_tokenizer' must be ByteLevel"
    ),
    (#""vocab": {"#, #""vocabulary": {"#, "lacks the object 'model.vocab'"),
    (#""merges": ["#, #""merges": {}, "more": ["#, "lacks the list 'model.merges'"),
    (#""merges": ["#, #""merges": [["h", "i"], ["h", "i"], "#, "merge 1, 'h i', occurs twice"),
    (#""merges": ["#, #""merges": [["q", "q"], "#, "needs 'qq', which the vocabulary lacks"),
    (#""merges": ["#, #""merges": [["h", "e", "x"], "#, "expected two tokens"),
    (#""merges": ["#, #""merges": ["h  e", "#, "expected two tokens"),
    (#""merges": ["#, #""merges": [7, "#, "merge 0 is 7"),
    (#""!": 1,"#, #""!": 2,"#, "both have the id 2"),
    (#""!": 1,"#, #""!": 420,"#, "id 420, expected one below the number of tokens 420"),
    (#""!": 1,"#, #""!": -1,"#, "the id -1"), (#""!": 1,"#, #""!": "1","#, "has the id"),
    (#""!": 1,"#, #""!!": 1,"#, "lacks '!', one of the 256 bytes"),
    (#""<pad>": 0,"#, #""<pad>": 7,"#, "has two ids"),
    (#""Ġs": 257"#, #""日": 257"#, "stand for no bytes"),
    (#""id": 0"#, #""id": "0""#, "lacks 'content' or 'id'"), (#""version""#, "version", "it is not JSON"),
  ]) func `what is not understood is refused`(old: String, new: String, what: String) throws {
    let folder = try TemporaryFolder()
    let path = try TextFixtures.changed(old, new, in: folder)
    let error = #expect(throws: TextError.self) { try TextTokenizer(readingFile: path) }
    #expect(error?.exitCode == 65)
    #expect(error?.description.hasPrefix(path) == true && error?.description.hasSuffix(".") == true)
    #expect(error?.description.contains(what) == true, "\(error?.description ?? "no error")")
  }

  @Test func `ids without padding are shifted by one, and padding elsewhere becomes 0`() throws {
    let folder = try TemporaryFolder()
    let ours = try TextFixtures.tokenizerA()
    // As GPT-2's: "!" is 0, and the one special token comes last.
    var gpt = ours.json.replacingOccurrences(of: "<pad>", with: "<|endoftext|>")
    gpt = gpt.replacing(/: (\d+)/) { ": \((Int($0.1)! + 419) % 420)" }
    try write(Array(gpt.utf8), to: folder.file("gpt.json"))
    let shifted = try TextTokenizer(readingFile: folder.file("gpt.json"))
    #expect(shifted.vocabularySize == 421 && shifted.special == [0, 420])
    #expect(shifted.tokens[..<420] == ours.tokens[..<420] && shifted.tokens[420] == "<|endoftext|>")
    var encoder = TextEncoder(shifted)
    for expected in try TextFixtures.encodings("tokenizer-a.encodings.json") {
      #expect(encoder.encode(expected.text) == expected.ids)
    }
    try write(Array(gpt.replacing("<|endoftext|>", with: "[PAD]").utf8), to: folder.file("last.json"))
    let moved = try TextTokenizer(readingFile: folder.file("last.json"))
    #expect(
      moved.vocabularySize == 420 && moved.tokens[0] == "[PAD]" && moved.tokens[1...] == ours.tokens[1...])
    // In a shard padding is 0 already.
    var table = ours.table(origin: "")
    table.json = Array(gpt.utf8)
    #expect(throws: TextError.self) { try TextTokenizer(table, path: "x.shard") }
  }

  @Test func `rules of a file are taken over`() throws {
    let folder = try TemporaryFolder()
    func encoded(_ old: String, _ new: String, _ text: String) throws -> [UInt16] {
      var encoder = TextEncoder(
        try TextTokenizer(readingFile: TextFixtures.changed(old, new, in: folder)))
      return encoder.encode(text)
    }
    let prefix = "\"pre_tokenizer\": {\n    \"type\": \"ByteLevel\",\n    \"add_prefix_space\": "
    #expect(try encoded(prefix + "true", prefix + "false", "!") == [1])
    #expect(try encoded(#""normalizer": {"#, #""normalizer": null, "old": {"#, "AB") == [221, 33, 34])
    // One piece, in which the merges of two words may meet.
    let whole = try encoded(#""use_regex": true"#, #""use_regex": false"#, "a red shoe")
    #expect(whole == [278, 347, 362])
    let round = try TextTokenizer(
      readingFile: TextFixtures.changed(#""use_regex": true"#, #""use_regex": false"#, in: folder))
    try write(Array(round.json.utf8), to: folder.file("again.json"))
    #expect(
      try TextTokenizer(readingFile: folder.file("again.json")) == round && round.rules.division == .none)
  }
}
