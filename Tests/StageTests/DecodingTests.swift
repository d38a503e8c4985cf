import Files
import Foundation
import Shards
import TestSupport
import Testing

extension StageTests {
  /// Settings of decoding: from presets to samples, and what is refused.
  @Suite struct DecodingTests {
    private static let config = "work/smoke/config/samples-distill-greedy.json"

    private func sample(_ place: Workplace, _ rest: String...) throws -> Command.Result {
      try Command.run(
        [
          Workplace.binaries + "/sample", "--model", "work/smoke/distill/model.shard", "--tokenizer",
          "work/smoke/tokenizer/model.shard", "--shard", "00000-of-00002", "--out", "out.shard",
        ] + rest, in: place.path)
    }

    @Test func `a preset without the newer sections gives the configurations it always gave`() throws {
      let place = try Workplace()
      try place.settings()
      let listed = try place.bytes(Self.config)
      let path = place.file("pipeline/presets/smoke.json")
      var preset = try #require(try JSONValue(parsing: try place.bytes("pipeline/presets/smoke.json")).object)
      preset["decoding"] = nil
      preset["editing"] = nil
      try JSONValue.object(preset).prettyText.write(toFile: path, atomically: true, encoding: .utf8)
      try place.settings("RUN=work/old")
      #expect(try place.bytes("work/old/config/samples-distill-greedy.json") == listed)
      #expect(!String(decoding: listed, as: UTF8.self).contains("decoding"))
      #expect(
        String(decoding: try place.bytes("work/old/config/variables.mk"), as: UTF8.self).contains(
          "EDITED_ARMS := anyorder-greedy anyorder-random distill-greedy distill-teacher"))
      try place.settings("RUN=work/old", "SET=decoding.distance_weight=0.5")
      let set = try JSONValue(parsing: try place.bytes("work/old/config/samples-distill-greedy.json"))
      #expect(
        set["decoding"]?["distance_weight"]?.double == 0.5 && set["decoding"]?["guidance_power"]?.int == 1)
    }

    @Test(arguments: [
      ("", "decoding.distance_weight=0.5"),
      ("decoding.distance_weight=0.02", "decoding.distance_score=log-odds"),
      ("", "decoding.location_temperature=1"),
      ("sampling.location_score=guided", "decoding.joint_share=0.1"),
      ("sampling.steps=0", "decoding.threshold=0.01"),
      ("sampling.guidance=40", "sampling.guidance_schedule=cosine"),
      ("sampling.guidance=40 sampling.guidance_schedule=power", "decoding.guidance_power=2"),
    ])
    func `a setting of decoding changes the samples`(before: String, set: String) throws {
      let place = try SmokeRun.copy()
      let tables = try [before, before + " " + set].map { words in
        try place.settings("RUN=work/set", "SET=" + words)
        let made = try sample(place, "--config", "work/set/config/samples-distill-greedy.json")
        #expect(made.code == 0 && made.error.contains("wrote out.shard"), "\(made.text)")
        return try SampleTable(reading: place.file("out.shard"))
      }
      #expect(tables[0].contentID != tables[1].contentID)
      #expect(tables[1].count == 16)
    }

    @Test(arguments: [
      ("decoding.distance_weight=-1", "'decoding.distance_weight' must be 0 (off) or more, found -1"),
      ("decoding.distance_score=odds", "decoding.distance_score"),
      ("decoding.location_temperature=-0.5", "'decoding.location_temperature' must be 0 (off) or more"),
      ("decoding.guidance_power=0", "'decoding.guidance_power' must be above 0"),
      (
        "decoding.guidance_power=2",
        "'decoding.guidance_power' must be 1 unless 'sampling.guidance_schedule' is"
      ),
      ("decoding.distance_weight=1 decoding.joint_share=1", "each chooses locations alone"),
      ("decoding.location_temperature=1 decoding.joint_share=1", "each chooses locations alone"),
      ("decoding.joint_share=0.1", "unless 'sampling.location_score' is guided"),
      ("decoding.joint_share=0.1 sampling.guidance=1 sampling.top_k=5", "unless 'sampling.top_k' is 0"),
      ("sampling.guidance_schedule=square", "sampling.guidance_schedule"),
      ("decoding.threshold=1.5", "'decoding.threshold' must be from 0 (off) to 1, found 1.5"),
      ("decoding.threshold=0.5 decoding.spacing=2", "each chooses locations alone"),
      ("decoding.threshold=0.5 sampling.steps=3", "'sampling.steps' must be 0 where 'decoding.threshold'"),
    ])
    func `impossible settings are refused by name`(set: String, sentence: String) throws {
      let place = try Workplace()
      try place.settings("RUN=work/set", "SET=" + set)
      let result = try sample(place, "--config", "work/set/config/samples-distill-greedy.json")
      #expect(result.code == 78 && result.error.contains(sentence), "\(result.error)")
    }

    @Test(arguments: [
      ("editing.images=0", "'editing.images' must be a whole number of at least 1, found 0"),
      ("editing.fractions=[0.5,1]", "'editing.fractions' must be a list of shares"),
      ("editing.fractions=[0.5,0.501]", "that differ by a per cent"),
      (#"editing.arms={"nobody":"raster"}"#, "'editing.arms' names arms that 'arms' lacks"),
      (#"editing.arms={"distill-greedy":"upwards"}"#, "gives each arm raster, random or greedy"),
    ])
    func `impossible editing is refused before anything runs`(set: String, sentence: String) throws {
      let place = try Workplace()
      let result = try place.make("editing", "PRESET=smoke", "SET=" + set)
      #expect(result.code == 2 && result.error.contains(sentence), "\(result.error)")
    }

    // MARK: given orders

    private func given(_ place: Workplace, _ name: String, _ text: String) throws -> Command.Result {
      let settings = try String(
        contentsOfFile: place.file("work/smoke/config/samples-distill-random.json"), encoding: .utf8)
      try settings.replacing("\"random\"", with: "\"given\"").write(
        toFile: place.file("given.json"), atomically: true, encoding: .utf8)
      try text.write(toFile: place.file(name), atomically: true, encoding: .utf8)
      return try sample(place, "--config", "given.json", "--orders", name)
    }

    @Test func `orders come from text and JSON files, one for all images or one for each`() throws {
      let place = try SmokeRun.copy()
      let one = (0..<49).map { $0 * 10 % 49 }
      func orders() throws -> [[Int]] {
        let table = try SampleTable(reading: place.file("out.shard"))
        return (0..<table.count).map { table.order(of: $0) }
      }
      #expect(try given(place, "one.json", "\(one)").code == 0)
      let shared = try SampleTable(reading: place.file("out.shard"))
      #expect(try orders() == [[Int]](repeating: one, count: 16))
      #expect(
        try given(place, "one.txt", "# all alike\n\n" + one.map(String.init).joined(separator: " ")).code == 0
      )
      #expect(try SampleTable(reading: place.file("out.shard")) == shared)
      let many = (0..<16).map { image in one.map { ($0 + image) % 49 } }
      #expect(try given(place, "many.json", "\(many)").code == 0)
      #expect(try orders() == many)
      let unchanged = try given(place, "many.json", "\(many)")
      #expect(unchanged.error.contains("is unchanged"))
      let lines = many.map { $0.map(String.init).joined(separator: ",") }.joined(separator: "\n")
      #expect(try given(place, "many.txt", lines).error.contains("wrote out.shard"))
      #expect(try orders() == many)
    }

    @Test(arguments: [
      ("a.txt", "0 1 2", "line 1 has 3 locations, expected 49"),
      ("a.txt", "# nothing", "it holds no order"),
      ("a.txt", "0 one 2", "line 1 has 'one', expected a whole number"),
      ("a.json", "[0, 1, 2]", "the list has 3 locations, expected 49"),
      ("a.json", "{}", "expected a list of whole numbers or of such lists"),
      ("a.json", "[[1], 2]", "expected a list of whole numbers or of such lists"),
      ("a.json", "[", "it is not JSON"),
      ("a.txt", (0..<48).map(String.init).joined(separator: " ") + " 47", "line 1 has 47 twice"),
      ("a.txt", (1..<50).map(String.init).joined(separator: " "), "line 1 has 49 outside 0 to 48"),
    ])
    func `a file that holds no orders is bad data`(name: String, text: String, sentence: String) throws {
      let place = try SmokeRun.copy()
      let result = try given(place, name, text)
      #expect(
        result.code == 65 && result.error.contains("\(name) is no file of orders: " + sentence),
        "\(result.error)")
    }

    @Test func `too few orders are bad data`() throws {
      let place = try SmokeRun.copy()
      let two = "\([Array(0..<49), Array((0..<49).reversed())])"
      let result = try given(place, "two.json", two)
      #expect(
        result.code == 65 && result.error.contains("expected at least 16 orders, or one for all, found 2"))
    }
  }
}
