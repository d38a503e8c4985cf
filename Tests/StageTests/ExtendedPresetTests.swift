import Files
import Foundation
import TestSupport
import Testing

extension StageTests {
  /// Presets that extend another one, arms that decode in a way of their own, and the commands of the paper's tables.
  @Suite struct ExtendedPresetTests {
    let place: Workplace

    init() throws {
      place = try Workplace()
      try place.fakePrograms()
    }

    private func write(_ preset: JSONValue) throws {
      try preset.prettyText.write(toFile: place.file("own.json"), atomically: true, encoding: .utf8)
    }

    private func config(_ name: String) throws -> JSONValue {
      try JSONValue(parsing: place.bytes("work/own/config/\(name).json"))
    }

    private func settings(_ arguments: String...) throws -> Command.Result {
      try Command.run(["make", "BIN=fake", "list-orders", "PRESET=own.json"] + arguments, in: place.path)
    }

    @Test func `a preset that extends another has its keys, section by section`() throws {
      try write([
        "extends": "smoke", "about": "Own.", "model": ["layers": 3], "orders": ["batch": 7], "editing": nil,
        "arms": ["mine": ["model": "anyorder", "order": "raster", "teacher": ""]],
      ])
      let made = try settings()
      #expect(made.code == 0, "\(made.text)")
      let smoke = try JSONValue(parsing: place.bytes("pipeline/presets/smoke.json"))
      let own = try config("settings")
      #expect(own["about"] == "Own." && own["extends"] == nil)
      #expect(own["model"]?["layers"] == 3 && own["model"]?["width"] == smoke["model"]?["width"])
      #expect(own["orders"]?["batch"] == 7 && own["tokens"]?["batch"] == smoke["tokens"]?["batch"])
      #expect(own["arms"]?.object?.keys.sorted() == ["mine"])
      #expect(own["editing"]?["arms"] == [:])
      #expect(try config("anyorder")["training"] == smoke["anyorder"])
      // What SET may change is what there is.
      #expect(try settings("SET=model.layers=1").code == 0)
      #expect(try config("settings")["model"]?["layers"] == 1)
    }

    @Test func `a preset that cannot be extended is refused by name`() throws {
      for (extends, sentence) in [
        ("nothing" as JSONValue, "'extends' must name a preset, found no file pipeline/presets/nothing.json"),
        (5, "'extends' must name a preset, found 5"), ("own.json", "goes on over more than 8 presets"),
      ] {
        try write(["extends": extends])
        let refused = try settings()
        #expect(refused.code == 2 && refused.error.contains(sentence), "\(refused.text)")
        #expect(!place.exists("work/own"))
      }
    }

    @Test func `the nearest of several presets in a chain has the last word`() throws {
      try write([
        "extends": "smoke", "about": "Far.", "model": ["layers": 3], "orders": ["batch": 7],
        "distill": ["keep": "best"],
      ])
      _ = try Command.run(["cp", "own.json", "other.json"], in: place.path)
      try write(["extends": "other.json", "about": "Near.", "model": ["layers": 2], "distill": ["steps": 5]])
      let made = try settings()
      try #require(made.code == 0, "\(made.text)")
      let found = try config("settings")
      #expect(found["about"] == "Near." && found["model"]?["layers"] == 2 && found["orders"]?["batch"] == 7)
      #expect(found["distill"]?["keep"] == "best" && found["distill"]?["steps"] == 5)
      #expect(found["extends"] == nil)
    }

    @Test func `an arm may decode in a way of its own`() throws {
      func arm(_ decoding: JSONValue) -> JSONValue {
        ["model": "distill", "order": "greedy", "teacher": "", "decoding": decoding]
      }
      let arms: JSONValue = [
        "far": arm(["distance_weight": 0.5]), "plain": arm([:]), "drawn": arm(["location_temperature": 0]),
      ]
      try write(["extends": "smoke", "arms": arms, "editing": nil])
      #expect(try settings().code == 0)
      let far = try config("samples-far")
      #expect(far["decoding"]?["distance_weight"]?.double == 0.5 && far["decoding"]?["joint_share"] == 0)
      #expect(far["arm"] == ["model": "distill", "order": "greedy", "teacher": "", "name": "far"])
      #expect(try config("samples-plain")["decoding"] == nil)
      // It is over what all arms have.
      #expect(try settings("SET=decoding.location_temperature=2").code == 0)
      #expect(try config("samples-drawn")["decoding"] == nil)
      #expect(try config("samples-plain")["decoding"]?["location_temperature"] == 2)
      try write(["extends": "smoke", "arms": ["one": arm(["weight": 1])], "editing": nil])
      let refused = try settings()
      #expect(
        refused.code == 2 && refused.error.contains("unknown key 'arms.one.decoding.weight'"),
        "\(refused.text)")
    }

    @Test func `another training has another seed wherever something is drawn for it`() throws {
      let found = try Command.run(["pipeline/seeds", "rules", "3"], in: place.path)
      #expect(found.code == 0, "\(found.text)")
      #expect(
        found.output.split(whereSeparator: \.isWhitespace).sorted() == [
          "anyorder-long.seed=2002", "anyorder.seed=2001", "distill.seed=2002", "policy.seed=2003",
          "raster-scratch.seed=2001", "raster-tuned.seed=2002", "rules.class-fixed.seed=2007",
          "rules.fixed.seed=2007", "tokenizer.seed=2001",
        ])
    }

    @Test func `an arm may draw in a way of its own, but not other images`() throws {
      func arms(_ sampling: JSONValue) -> JSONValue {
        let usual: [String: JSONValue] = ["model": "distill", "order": "greedy", "teacher": ""]
        return ["few": .object(usual.merging(["sampling": sampling]) { $1 }), "plain": .object(usual)]
      }
      try write(["extends": "smoke", "arms": arms(["steps": 7, "guidance": 3]), "editing": nil])
      #expect(try settings("SET=sampling.guidance=2").code == 0)
      let (few, plain) = (try config("samples-few"), try config("samples-plain"))
      #expect(few["sampling"]?["steps"] == 7 && few["sampling"]?["guidance"] == 3)
      #expect(plain["sampling"]?["steps"] == 0 && plain["sampling"]?["guidance"] == 2)
      #expect(few["sampling"]?["seeds"] == plain["sampling"]?["seeds"])
      #expect(few["arm"]?["sampling"] == nil)
      for (own, found) in [(["images": 5], "images"), (["seeds": [1]], "seeds"), (["colour": 1], "colour")]
        as [(JSONValue, String)]
      {
        try write(["extends": "smoke", "arms": arms(own), "editing": nil])
        let refused = try settings()
        #expect(
          refused.code == 2
            && refused.error.contains("'arms.few.sampling' must have keys of how images are drawn")
            && refused.error.contains("found \"\(found)\""), "\(refused.text)")
      }
    }

    @Test(arguments: [
      ("table-4", ["work/captions"]), ("table-5", ["work/emoji"]),
      ("table-7", ["work/captions", "work/captions-relative"]),
      ("table-9", ["work/captions", "work/captions-decoding"]), ("table-c2", ["work/captions"]),
      ("table-c5", ["work/captions-noise", "work/captions-white"]),
    ])
    func `every table is planned by its command`(table: String, runs: [String]) throws {
      let planned = try Command.run(["make", "BIN=fake", "-n", table], in: place.path)
      #expect(planned.code == 0, "\(planned.text)")
      let goals = planned.output.split(separator: "\n").filter { $0.hasPrefix("make ") }
      let found = goals.compactMap { $0.firstMatch(of: /RUN=(\S+)/).map { String($0.1) } }
      #expect(found.sorted() == runs, "\(planned.output)")
      #expect(!place.exists("work"), "a dry run makes nothing")
      // What takes a part of another run cannot be planned before that is there.
      for line in goals where line.contains(" RUN=") && !line.contains(/FROM=|TOKENIZER=/) {
        let words = line.split(separator: " ").map(String.init).filter { !$0.hasPrefix("--") && $0 != "make" }
        let run = try Command.run(["make", "BIN=fake", "-n"] + words, in: place.path)
        #expect(run.code == 0, "\(run.text)")
        #expect(run.output.contains("score report --run"), "\(line)")
      }
    }

    /// In scores/ only scores of arms and models may lie: pages of several runs read that folder.
    @Test func `what table C2 writes lies beside the scores`() throws {
      let planned = try Command.run(["make", "BIN=fake", "-n", "table-c2"], in: place.path)
      #expect(
        planned.code == 0 && planned.output.contains("--over raster --out work/captions/information.json"),
        "\(planned.text)")
    }

    @Test func `equal steps are compared by two trainings`() throws {
      let planned = try Command.run(["make", "BIN=fake", "-n", "table-c8"], in: place.path)
      #expect(
        planned.code == 0 && planned.output.contains("replicate PRESET=captions SEEDS='1 2'"),
        "\(planned.text)")
      #expect(
        planned.output.contains("score replicates work/captions-seed-1 work/captions-seed-2"),
        "\(planned.text)")
    }
  }
}
