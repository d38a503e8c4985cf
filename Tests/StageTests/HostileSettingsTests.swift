import Files
import Foundation
import TestSupport
import Testing

extension StageTests {
  /// Settings that nobody means, given to the built programs: each is refused by its key or accepted, and no program
  /// traps, hangs or leaves anything.
  @Suite struct HostileSettingsTests {
    /// The programs by the configuration files that they read.
    static let readers: [(file: String, words: [String])] = [
      ("tokenizer", ["tokenize", "fit"]), ("tokens", ["tokenize", "encode"]),
      ("anyorder", ["train-anyorder"]),
      ("distill", ["distill"]), ("orders", ["extract-orders"]), ("samples-distill-teacher", ["sample"]),
      ("score", ["score", "likelihood"]),
    ]

    /// JSON texts to put in the place of a number.
    private static let values = [
      "-5", "-9223372036854775808", "9223372036854775807", "18446744073709551615", "1e11", "1e300", "-1e300",
      "0.5", "1e-310", "1e999", "null", "\"7\"", "[]", "{}", "true",
    ]

    private static func check(_ words: [String], _ file: String) -> [String] {
      [Workplace.binaries + "/" + words[0]] + words.dropFirst() + ["--check-settings", "--config", file]
    }

    /// The places of all numbers of a value, as key paths.
    private static func numbers(_ value: JSONValue, _ path: [String] = []) -> [[String]] {
      guard let members = value.object else { return value.double == nil ? [] : [path] }
      var found: [[String]] = []
      for (key, member) in members.sorted(by: { $0.key < $1.key }) { found += numbers(member, path + [key]) }
      return found
    }

    /// A value's text with another text in one place.
    private static func text(_ value: JSONValue, replacing path: [String], with new: String) -> String {
      guard let first = path.first, let members = value.object else { return new }
      let parts = members.sorted { $0.key < $1.key }.map { key, member -> String in
        let changed = key == first ? text(member, replacing: Array(path.dropFirst()), with: new) : member.text
        return "\"\(key)\":\(changed)"
      }
      return "{" + parts.joined(separator: ",") + "}"
    }

    private static func settings(_ place: Workplace, _ file: String) throws -> JSONValue {
      try JSONValue(parsing: try place.bytes("work/smoke/config/\(file).json"))
    }

    @Test(.timeLimit(.minutes(30)), arguments: readers)
    func `every number of every configuration may be anything`(
      reader: (file: String, words: [String])
    ) throws {
      let place = try Workplace()
      try place.settings()
      let settings = try Self.settings(place, reader.file)
      let paths = Self.numbers(settings).filter { $0 != ["algorithm"] }
      #expect(paths.count > 2)
      var cases: [(path: String, value: String)] = []
      try FileManager.default.createDirectory(
        atPath: place.file("hostile"), withIntermediateDirectories: true)
      for path in paths {
        for value in Self.values {
          let text = Self.text(settings, replacing: path, with: value)
          try Data(text.utf8).write(to: URL(filePath: place.file("hostile/\(cases.count).json")))
          cases.append((path.joined(separator: "."), value))
        }
      }
      let before = place.folder.names
      // A few at a time, since a start is mostly waiting.
      for start in stride(from: 0, to: cases.count, by: 4) {
        let started = try (start..<min(start + 4, cases.count)).map { index in
          (cases[index], try Command(Self.check(reader.words, "hostile/\(index).json"), in: place.path))
        }
        for ((path, value), command) in started {
          guard let result = command.wait(seconds: 60) else {
            Issue.record("\(reader.file): \(path) = \(value) hangs")
            command.signalGroup(SIGKILL)
            continue
          }
          #expect([0, 78].contains(result.code), "\(reader.file): \(path) = \(value): \(result.text)")
          #expect(result.output.isEmpty)
          if result.code == 0 {
            #expect(result.error.isEmpty, "\(result.error)")
            // What no setting can be is refused everywhere.
            let never = [
              "-5", "-9223372036854775808", "1e300", "-1e300", "1e999", "[]", "{}", "true", "\"7\"",
            ]
            #expect(!never.contains(value), "\(reader.file): \(path) = \(value) is accepted")
          } else {
            Self.expectSentence(result.error, "\(reader.file): \(path) = \(value)")
            // A number that no double holds is refused by the parser, before there are keys.
            if value != "1e999" {
              #expect(
                result.error.contains(path.split(separator: ".").last ?? ""), "\(path): \(result.error)")
            }
          }
        }
      }
      #expect(place.folder.names == before, "something was left behind")
    }

    /// Checks that a message is one sentence for people, with no words of Swift or Foundation.
    static func expectSentence(_ text: String, _ what: String) {
      #expect(text.split(separator: "\n").count == 1, "\(what): \(text)")
      #expect(text.hasSuffix(".\n"), "\(what): \(text)")
      for word in ["NSCocoaErrorDomain", "DecodingError", "CodingKeys", "Fatal error", "Optional(", ".. "] {
        #expect(!text.contains(word), "\(what): \(text)")
      }
    }

    @Test func `a check needs no other option, and takes those of a whole line`() throws {
      let place = try Workplace()
      try place.settings()
      for (file, words) in Self.readers {
        let path = "work/smoke/config/\(file).json"
        let alone = try Command.run(Self.check(words, path), in: place.path)
        #expect(alone.code == 0 && alone.text.isEmpty, "\(file): \(alone.text)")
        let whole = try Command.run(
          Self.check(words, path) + ["--out", "o.shard", "--tokens", "nowhere", "--quiet", "--threads", "2"],
          in: place.path)
        #expect(whole.code == 0 && whole.text.isEmpty, "\(file): \(whole.text)")
        let missing = try Command.run(Self.check(words, "none.json"), in: place.path)
        #expect(missing.code == 66 && missing.error.contains("none.json does not exist"), "\(missing.text)")
        let other = try Command.run(Self.check(words, "Makefile"), in: place.path)
        #expect(other.code == 78 && other.error.contains("Makefile is not JSON"), "\(other.text)")
        let without = try Command.run(Array(Self.check(words, "x").dropLast(2)), in: place.path)
        #expect(without.code == 64, "\(without.text)")
      }
      for words in [
        ["sample", "inpaint"], ["sample", "generate"], ["sample", "edit"], ["sample", "outpaint"],
      ] {
        let path = "work/smoke/config/samples-distill-greedy.json"
        #expect(try Command.run(Self.check(words, path), in: place.path).code == 0)
      }
      for words in [["score", "features"], ["score", "compare"], ["score", "editing"]] {
        #expect(try Command.run(Self.check(words, "work/smoke/config/score.json"), in: place.path).code == 0)
      }
      #expect(place.folder.names == ["Makefile", "data", "pipeline", "work"])
    }

    @Test(arguments: [
      ("distill", ["distill"], "training.steps", "-5", "'training.steps' must be above 0, found -5"),
      ("distill", ["distill"], "training.warmup", "21", "'training.warmup' must be between 0 and steps"),
      (
        "anyorder", ["train-anyorder"], "model.width", "9223372036854775807",
        "'model.width' must be at most 65536"
      ),
      ("anyorder", ["train-anyorder"], "model.layers", "1000000000", "'model.layers' must be at most 1024"),
      (
        "samples-distill-greedy", ["sample"], "sampling.images", "1e11",
        "'sampling.images' must be at most 1000000"
      ),
      (
        "tokenizer", ["tokenize", "fit"], "tokenizer.residual_blocks", "1000000000",
        "residual_blocks must be in"
      ),
      (
        "tokenizer", ["tokenize", "fit"], "tokenizer.beta2", "0.99999999999",
        "'tokenizer.beta2' must be at least 0"
      ),
      (
        "tokens", ["tokenize", "encode"], "tokens.train_shards", "100000",
        "'tokens.train_shards' must be between"
      ),
    ])
    func `a setting out of range is named with its range`(
      file: String, words: [String], key: String, value: String, sentence: String
    ) throws {
      let place = try Workplace()
      try place.settings()
      let text = Self.text(
        try Self.settings(place, file), replacing: key.split(separator: ".").map(String.init), with: value)
      try Data(text.utf8).write(to: URL(filePath: place.file("c.json")))
      let result = try Command.run(Self.check(words, "c.json"), in: place.path)
      #expect(result.code == 78, "\(result.text)")
      #expect(result.error.hasPrefix("\(words[0]): c.json: "), "\(result.error)")
      #expect(result.error.contains(sentence), "\(result.error)")
    }

    @Test func `a precision that this machine lacks is found by the check`() throws {
      let place = try Workplace()
      try place.settings("SET=compute.precision=bfloat16")
      let words = Self.check(["distill"], "work/smoke/config/distill.json")
      let emulated = try Command.run(
        words, in: place.path, environment: ["ORDEREDAR_EMULATE_BFLOAT16": "1"])
      #expect(emulated.code == 0, "\(emulated.text)")
      let own = try Command.run(words, in: place.path)
      #expect(own.code == 0 || (own.code == 78 && own.error.contains("compute.precision")), "\(own.text)")
    }

    @Test func `a model that no machine trains is refused before anything is read`() throws {
      let place = try SmokeRun.copy()
      let settings = try Self.settings(place, "anyorder")
      var text = Self.text(settings, replacing: ["model", "width"], with: "32768")
      text = text.replacing("\"hidden\":64", with: "\"hidden\":65536").replacing(
        "\"layers\":2", with: "\"layers\":1024")
      try Data(text.utf8).write(to: URL(filePath: place.file("c.json")))
      let result = try Command.run(
        [
          Workplace.binaries + "/train-anyorder", "--config", "c.json", "--tokens", "work/smoke/tokens",
          "--out",
          "new/model.shard",
        ], in: place.path)
      #expect(result.code == 78, "\(result.text)")
      #expect(result.error.contains("parameters"), "\(result.error)")
      #expect(!place.exists("new"))
    }
  }
}
