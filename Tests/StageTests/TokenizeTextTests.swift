import Files
import Foundation
import Shards
import TestSupport
import Testing
import Text

/// `tokenize text` as users run it: captions of a small data set to a tokenizer and to texts.
@Suite struct TokenizeTextTests {
  private let place: TemporaryFolder
  private static let fixtures = FixtureFile.folder.path

  init() throws { place = try TemporaryFolder() }

  @discardableResult
  private func run(_ arguments: String..., code: Int32 = 0) throws -> Command.Result {
    let words = [Workplace.binaries + "/" + arguments[0]] + arguments.dropFirst()
    let result = try Command.run(words, in: place.path)
    #expect(result.code == code, "\(arguments.joined(separator: " ")): \(result.text)")
    return result
  }

  private func settings(
    source: String = "captions", vocabulary: Int = 300, length: Int = 16, tokenizer: String? = nil,
    seed: Int = 1
  ) throws {
    let data: JSONValue = [
      "source": .string(source), "path": .string(source == "shapes" ? "" : Self.fixtures + "/idx"),
      "seed": .integer(seed), "train_images": 0, "test_images": 0, "size": 32, "channels": 3,
    ]
    var text: [String: JSONValue] = ["vocabulary": .integer(vocabulary), "length": .integer(length)]
    text["tokenizer"] = tokenizer.map { .string($0) }
    let settings: JSONValue = ["algorithm": 1, "data": data, "text": .object(text)]
    try writeAtomically(Array(settings.text.utf8), to: place.file("text.json"))
  }

  private func fit(code: Int32 = 0) throws -> Command.Result {
    try run("tokenize", "text", "fit", "--config", "text.json", "--out", "tokenizer.shard", code: code)
  }

  private func encode(_ split: String = "train", code: Int32 = 0) throws -> Command.Result {
    try run(
      "tokenize", "text", "encode", "--config", "text.json", "--tokenizer", "tokenizer.shard", "--split",
      split,
      "--out", "\(split).shard", code: code)
  }

  @Test func `captions become a tokenizer and texts, once`() throws {
    try settings()
    #expect(try fit().error.contains("wrote tokenizer.shard"))
    _ = try encode()
    _ = try encode("test")
    let file = try TextTokenizerFile(reading: place.file("tokenizer.shard"))
    #expect(file.tokenizer.vocabularySize == 300)
    let (train, header) = try TextTable.read(place.file("train.shard"))
    let test = try TextTable(reading: place.file("test.shard"))
    #expect(train.split == "train" && test.split == "test" && train.tokenizerContentID == file.contentID)
    #expect(Set(train.sampleIDs) == Set(0..<12) && Set(test.sampleIDs).count == 6)
    #expect(
      header.provenance.stage == "tokenize"
        && header.provenance.inputs.map(\.role) == ["captions", "tokenizer"])
    var encoder = TextEncoder(file.tokenizer)
    var training = BytePairTraining()
    for (record, text) in train.texts.enumerated() {
      #expect(Array(train.tokens(of: record)) == encoder.encode(text, length: 16).ids)
      training.add(text)
    }
    #expect(training.tokenizer(vocabularySize: 300) == file.tokenizer)
    #expect(train.texts.count > 12 && train.texts.allSatisfy { $0.contains(" ") })
    #expect(try fit().error.contains("is unchanged") && encode().error.contains("is unchanged"))
    // Other settings and other captions are other results.
    try settings(length: 2)
    #expect(try fit().error.contains("wrote") && encode().error.contains("have more than 2 tokens"))
    let short = try TextTable(reading: place.file("train.shard"))
    #expect(short.length == 2 && short.remarks.truncated == short.count)
    let before = try ShardHeader.peek(place.file("test.shard")).contentID
    try settings(seed: 2)
    #expect(try fit().error.contains("wrote") && encode("test").error.contains("wrote"))
    #expect(try ShardHeader.peek(place.file("test.shard")).contentID != before)
  }

  @Test func `a tokenizer of others takes the place of training`() throws {
    try settings(vocabulary: 0, tokenizer: Self.fixtures + "/text/clip-a.merges.txt")
    _ = try fit()
    _ = try encode()
    let table = try TextTable(reading: place.file("train.shard"))
    #expect(table.vocabularySize == 605 && table.remarks.empty == 0)
    let header = try ShardHeader.peek(place.file("tokenizer.shard"))
    #expect(header.extra["origin"] == "imported from clip-a.merges.txt")
    #expect(header.provenance.inputs.map(\.role) == ["tokenizer"])
    try settings(vocabulary: 0, tokenizer: place.file("none.json"))
    _ = try fit(code: 66)
    try settings(vocabulary: 400, tokenizer: Self.fixtures + "/text/clip-a.merges.txt")
    #expect(try fit(code: 78).error.contains("'text.vocabulary' must be 0"))
    try write(Array(#"{"model": {"type": "WordPiece"}}"#.utf8), to: place.file("w.json"))
    try settings(vocabulary: 0, tokenizer: place.file("w.json"))
    try FileManager.default.removeItem(atPath: place.file("tokenizer.shard"))
    #expect(try fit(code: 65).error.contains("'model.type' must be BPE"))
    #expect(!place.names.contains("tokenizer.shard"), "nothing is half-written")
  }

  @Test func `a run takes a tokenizer of others by SET, and none without`() throws {
    let place = try Workplace()
    func text(_ set: String) throws -> JSONValue? {
      let made = try place.make("list-orders", "PRESET=captions", "SET=" + set)
      #expect(made.code == 0, "\(made.text)")
      return try JSONValue(parsing: place.bytes("work/captions/config/text.json"))["text"]
    }
    #expect(try text("text.length=9") == ["vocabulary": 420, "length": 9])
    #expect(
      try text("text.vocabulary=0 text.tokenizer=/x/t.json")
        == ["vocabulary": 0, "length": 16, "tokenizer": "/x/t.json"])
  }

  @Test func `what cannot be is said in a sentence`() throws {
    try settings(source: "shapes")
    #expect(try fit(code: 78).error.contains("must be a data set with captions"))
    try settings(vocabulary: 256)
    for command in ["fit", "encode"] {
      let check = try run("tokenize", "text", command, "--check-settings", "--config", "text.json", code: 78)
      #expect(check.error.contains("'text.vocabulary' must be between 257 and 65536"))
    }
    try settings(length: 0)
    #expect(try fit(code: 78).error.contains("'text.length' must be between 1 and 4096"))
    try settings()
    _ = try run("tokenize", "text", "fit", "--check-settings", "--config", "text.json")
    _ = try encode(code: 66)
    try run(
      "tokenize", "text", "encode", "--config", "text.json", "--tokenizer",
      Self.fixtures + "/schemas/tokens-1.shard", "--split", "train", "--out", "x.shard", code: 65)
    _ = try encode("validation", code: 64)
    _ = try fit()
    try run(
      "tokenize", "text", "encode", "--config", "text.json", "--tokenizer", "tokenizer.shard", "--split",
      "train", "--out", "tokenizer.shard", code: 64)
    #expect(!place.names.contains("x.shard"))
  }
}
