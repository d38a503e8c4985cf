import Foundation
import Shards
import TestSupport
import Testing

extension StageTests {
  /// Bad input to real binaries: the documented exit code, one sentence, nothing half-written.
  @Suite struct ExitCodeTests {
    private func extraction(_ place: Workplace, out: String = "out.shard") -> [String] {
      [
        Workplace.binaries + "/extract-orders", "--config", "work/smoke/config/orders.json", "--model",
        "work/smoke/anyorder/model.shard", "--tokens", "work/smoke/tokens/train/tokens-00000-of-00002.shard",
        "--out", out,
      ]
    }

    /// Runs an extraction that must fail, and checks that it left nothing.
    private func fails(_ words: [String], in place: Workplace, code: Int32, _ parts: String...) throws {
      let before = place.folder.names
      let result = try Command.run(words, in: place.path)
      #expect(result.code == code, "\(result.text)")
      for part in parts { #expect(result.error.contains(part), "\(result.error)") }
      #expect(result.output.isEmpty)
      #expect(place.folder.names == before, "something was left behind")
    }

    @Test func `an option that does not exist is wrong usage`() throws {
      let place = try SmokeRun.copy()
      try fails(extraction(place) + ["--fast"], in: place, code: 64, "Unknown option '--fast'")
    }

    @Test func `a missing shard is a missing input`() throws {
      let place = try SmokeRun.copy()
      try place.remove("work/smoke/tokens/train/tokens-00000-of-00002.shard")
      try fails(
        extraction(place), in: place, code: 66,
        "extract-orders: work/smoke/tokens/train/tokens-00000-of-00002.shard does not exist. Run "
      )
    }

    @Test func `a damaged shard is bad data`() throws {
      let place = try SmokeRun.copy()
      try place.damage("work/smoke/tokens/train/tokens-00000-of-00002.shard")
      try fails(extraction(place), in: place, code: 65, "tokens-00000-of-00002.shard is damaged")
    }

    @Test func `a truncated shard is bad data`() throws {
      let place = try SmokeRun.copy()
      let name = "work/smoke/anyorder/model.shard"
      try Data(try place.bytes(name).prefix(1000)).write(to: URL(filePath: place.file(name)))
      try fails(extraction(place), in: place, code: 65, "\(name) is truncated: expected ")
    }

    @Test func `a shard of another kind is bad data`() throws {
      let place = try SmokeRun.copy()
      let words = extraction(place).map {
        $0.replacing("work/smoke/anyorder/model.shard", with: "work/smoke/orders/orders-00000-of-00002.shard")
      }
      try fails(words, in: place, code: 65, "orders-00000-of-00002.shard does not fit: expected ")
    }

    @Test func `a model that does not fit the codebook is bad data`() throws {
      let place = try SmokeRun.copy()
      try place.made("tokens", "PRESET=smoke", "RUN=work/other", "SET=tokenizer.seed=5")
      let words = extraction(place).map { $0.replacing("work/smoke/tokens/", with: "work/other/tokens/") }
      try fails(words, in: place, code: 65, "codebook")
    }

    @Test func `a configuration that is missing, no JSON or not complete is refused`() throws {
      let place = try SmokeRun.copy()
      let config = place.file("work/smoke/config/orders.json")
      func refuses(_ orders: String, algorithm: Int = 2, _ sentence: String) throws {
        try Data("{\"algorithm\": \(algorithm), \"orders\": {\(orders)}}".utf8).write(
          to: URL(filePath: config))
        try fails(extraction(place), in: place, code: 78, sentence)
      }
      let exact = "\"memory\": 0, \"refresh\": 0, \"candidates\": 0"
      try refuses("\"batch\": 8, \"bach\": 9, \(exact)", "has the unknown key 'orders.bach'")
      try refuses(exact, "lacks the key 'orders.batch'")
      try refuses("\"batch\": 8, \"memory\": 0", "lacks the key 'orders.refresh'")
      try refuses("\"batch\": 0, \(exact)", "'orders.batch' must be above 0, found 0")
      try refuses(
        "\"batch\": 8, \"memory\": -1, \"refresh\": 0, \"candidates\": 0",
        "'orders.memory' must be 0 (no limit) or more, found -1")
      try refuses(
        "\"batch\": 8, \"memory\": 0, \"refresh\": -1, \"candidates\": 0",
        "'orders.refresh' must be 0 (exact) or more, found -1")
      try refuses(
        "\"batch\": 8, \"memory\": 0, \"refresh\": 8, \"candidates\": 0",
        "'orders.candidates' must be 1 or more where 'refresh' is 8, found 0")
      try refuses(
        "\"batch\": 8, \"memory\": 0, \"refresh\": 0, \"candidates\": 4",
        "'orders.refresh' must be 1 or more where 'candidates' is 4, found 0")
      try refuses(
        "\"batch\": 8, \(exact)", algorithm: 1, "asks for algorithm 1, but this program computes algorithm 2")
      try Data("{".utf8).write(to: URL(filePath: config))
      try fails(extraction(place), in: place, code: 78, "is not JSON")
      try FileManager.default.removeItem(atPath: config)
      try fails(extraction(place), in: place, code: 66, "work/smoke/config/orders.json does not exist")
    }

    @Test func `a full disk is an input or output error and leaves the earlier result untouched`() throws {
      let place = try SmokeRun.copy()
      let out = "work/smoke/orders/orders-00000-of-00002.shard"
      let before = try place.bytes(out)
      let names = try FileManager.default.contentsOfDirectory(atPath: place.file("work/smoke/orders"))
        .sorted()
      // A limit on file sizes stands for the full disk: the write fails half-way.
      let words =
        ["bash", "-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "bash"] + extraction(place, out: out) + [
          "--force"
        ]
      let result = try Command.run(words, in: place.path)
      #expect(result.code == 74, "\(result.text)")
      #expect(result.error.contains("Cannot write \(out)"), "\(result.error)")
      #expect(try place.bytes(out) == before)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: place.file("work/smoke/orders")).sorted() == names
      )
    }

    @Test(arguments: [
      // Less than the activations alone, and so much that only what nobody counts beforehand is too much.
      (
        kibibytes: 1_200_000, code: Int32(78),
        words: "config/anyorder.json: the model of 'model' and the batch of 'training' needs"
      ),
      (kibibytes: 1_560_000, code: Int32(70), words: "train-anyorder: There is no memory left for "),
    ])
    func `a model that exceeds the memory that there may be is refused, and never a trap`(
      kibibytes: Int, code: Int32, words: String
    ) throws {
      let place = try SmokeRun.copy()
      try place.settings("SET=model.layers=300")
      let result = try Command.run(
        [
          "bash", "-c", "ulimit -v \(kibibytes); exec \"$@\"", "bash", Workplace.binaries + "/train-anyorder",
          "--config", "work/smoke/config/anyorder.json", "--tokens", "work/smoke/tokens", "--out",
          "new/model.shard",
          "--threads", "2",
        ], in: place.path)
      #expect(result.code == code, "\(result.text)")
      #expect(result.error.contains(words), "\(result.error)")
      #expect(!FileManager.default.fileExists(atPath: place.file("new/model.shard")))
    }

    @Test func `a folder where a file should be written is an input or output error`() throws {
      let place = try SmokeRun.copy()
      try fails(
        extraction(place, out: "work/smoke/orders"), in: place, code: 74, "Cannot replace work/smoke/orders")
    }

    @Test func `an empty image folder and an unreadable image are refused by name`() throws {
      let place = try Workplace()
      try FileManager.default.createDirectory(
        atPath: place.file("images/cat"), withIntermediateDirectories: true)
      let set = "SET=data.source=folder data.path=images"
      let empty = try place.make("tokenizer", "PRESET=smoke", "RUN=work/own", set)
      #expect(empty.code == 2)
      #expect(empty.error.contains("images"), "\(empty.error)")
      try Data("no image".utf8).write(to: URL(filePath: place.file("images/cat/one.png")))
      let bad = try place.make(
        "tokenizer", "PRESET=smoke", "RUN=work/own", set + " data.train_images=0 data.test_images=0")
      #expect(bad.code == 2)
      #expect(bad.error.contains("Error 65") || bad.error.contains("Error 66"), "\(bad.error)")
      #expect(!place.exists("work/own/tokenizer/model.shard"))
      let missing = try place.make(
        "tokenizer", "PRESET=smoke", "RUN=work/own", "SET=data.source=folder data.path=nowhere")
      #expect(missing.code == 2)
      #expect(missing.error.contains("the folder 'nowhere' with the images is missing"), "\(missing.error)")
    }

    @Test(arguments: [
      ("SET=distill.stepz=3", "SET has the unknown key 'distill.stepz'"),
      ("SET=distill.steps=many", "SET gives 'distill.steps' the value \"many\": expected a number"),
      ("SET=distill", "SET='distill' is no setting"),
      ("PRESET=nothing", "there is no preset 'pipeline/presets/nothing.json'"),
    ])
    func `make refuses settings that do not exist before anything runs`(argument: String, sentence: String)
      throws
    {
      let place = try Workplace()
      let arguments = argument.hasPrefix("PRESET") ? [argument] : ["PRESET=smoke", argument]
      let result = try Command.run(place.makeWords(["all", "RUN=work/x"] + arguments), in: place.path)
      #expect(result.code == 2)
      #expect(result.error.contains(sentence), "\(result.error)")
      #expect(!place.exists("work/x/tokenizer"))
    }

    @Test func `a preset with a missing section or key is refused`() throws {
      let place = try Workplace()
      let path = place.file("pipeline/presets/smoke.json")
      let preset = try String(contentsOfFile: path, encoding: .utf8)
      try preset.replacing("\"codes\"", with: "\"kodes\"").write(
        toFile: path, atomically: true, encoding: .utf8)
      let key = try place.make("tokenizer", "PRESET=smoke")
      #expect(key.error.contains("lacks the key 'tokenizer.codes', but has 'kodes'"), "\(key.error)")
      #expect(key.error.contains("Error 78"))
      try preset.replacing("\"orders\": {", with: "\"ordres\": {").write(
        toFile: path, atomically: true, encoding: .utf8)
      let section = try place.make("tokenizer", "PRESET=smoke")
      #expect(section.error.contains("lacks the section 'orders'"), "\(section.error)")
    }
  }
}
