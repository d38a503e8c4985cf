import Files
import Foundation
import Shards
import TestSupport
import Testing

extension StageTests {
  /// The images of one seed made by several jobs: the same bytes, however they are divided.
  @Suite struct SamplePartsTests {
    private static let run = "work/smoke/samples/distill-greedy/"

    private func words(_ arm: String, _ model: String, _ rest: [String], out: String) -> [String] {
      [
        Workplace.binaries + "/sample", "--config", "work/smoke/config/samples-\(arm).json", "--model",
        "work/smoke/\(model)/model.shard", "--tokenizer", "work/smoke/tokenizer/model.shard", "--out", out,
      ] + rest
    }

    /// The images of all parts, drawn one after the other.
    private func joined(_ place: Workplace, _ parts: Int, _ command: (String, String) -> [String]) throws
      -> SampleTable
    {
      let tables = try (0..<parts).map { index -> SampleTable in
        let part = "0000\(index)-of-0000\(parts)"
        let result = try Command.run(command(part, "samples-\(part).shard"), in: place.path)
        try #require(result.code == 0, "\(result.text)")
        let table = try SampleTable(reading: place.file("samples-\(part).shard"))
        #expect(table.part == ShardPart(part).flatMap { SampleTable.Part($0, ofImages: 19) })
        #expect(table.part == nil || table.part?.range.count == table.count)
        return table
      }
      var all = tables[0]
      for table in tables.dropFirst() { all.append(table) }
      all.part = nil
      return all
    }

    @Test(arguments: [
      ("distill-greedy", "distill", []), ("distill-random", "distill", ["--class", "disc,cross"]),
      ("distill-teacher", "distill", ["--teacher", "work/smoke/anyorder/model.shard", "--threads", "1"]),
    ])
    func `the images of a seed are the same in one, two and three parts`(
      arm: String, model: String, rest: [String]
    ) throws {
      let place = try SmokeRun.copy()
      let tables = try (1...3).map { parts in
        try joined(place, parts) { part, out in
          words(arm, model, rest + ["--images", "19", "--seed", "7", "--shard", part], out: out)
        }
      }
      #expect(tables[0].count == 19 && tables[0].seed == 7)
      #expect(tables[1] == tables[0] && tables[2] == tables[0])
    }

    @Test func `completed images are the same in one, two and three parts`() throws {
      let place = try SmokeRun.copy()
      let path = "work/smoke/config/samples-distill-greedy.json"
      let settings = try String(contentsOfFile: place.file(path), encoding: .utf8)
      let tables = try (1...3).map { parts in
        // One seed, as many shards as there are parts.
        try settings.replacing(
          "\"seeds\": [\n      1,\n      2\n    ]", with: "\"seeds\": [2], \"shards\": \(parts)"
        )
        .write(toFile: place.file("settings.json"), atomically: true, encoding: .utf8)
        return try joined(place, parts) { part, out in
          [
            Workplace.binaries + "/sample", "inpaint", "--config", "settings.json", "--model",
            "work/smoke/distill/model.shard", "--tokenizer", "work/smoke/tokenizer/model.shard", "--tokens",
            "work/smoke/tokens/test", "--images", "19", "--mask-fraction", "0.5", "--shard", part, "--out",
            out,
          ]
        }
      }
      #expect(tables[0].count == 19 && tables[0].edit != nil)
      #expect(tables[1] == tables[0] && tables[2] == tables[0])
    }

    @Test func `another part is not up to date, whatever the file is called`() throws {
      let place = try SmokeRun.copy()
      func draw(_ shard: String, _ rest: String...) throws -> String {
        let result = try Command.run(
          words("distill-greedy", "distill", rest + ["--shard", shard], out: "out.shard"), in: place.path)
        #expect(result.code == 0, "\(result.text)")
        return result.error
      }
      #expect(try draw("00000-of-00002", "--seed", "5").contains("wrote out.shard"))
      #expect(try draw("00000-of-00002", "--seed", "5").contains("out.shard is unchanged"))
      #expect(try draw("00001-of-00002", "--seed", "5").contains("wrote out.shard"))
      #expect(try SampleTable(reading: place.file("out.shard")).sampleIDs == Array(8..<16))
      // Nor is another seed of the settings' list.
      #expect(try draw("00000-of-00002").contains("wrote out.shard"))
      #expect(try draw("00001-of-00002").contains("wrote out.shard"))
      #expect(try SampleTable(reading: place.file("out.shard")).seed == 2)
      let wrong = try Command.run(
        words("distill-greedy", "distill", ["--shard", "00000-of-00004"], out: "out.shard"), in: place.path)
      #expect(wrong.code == 78 && wrong.error.contains("has 2 seeds, found --shard 00000-of-00004"))
    }

    /// A result of `score` without what tells of its files.
    private func numbers(_ place: Workplace, _ path: String) throws -> JSONValue {
      var members = try JSONValue(parsing: try place.bytes(path)).object ?? [:]
      members["provenance"] = nil
      return .object(members)
    }

    @Test func `make draws seeds in parts, a target each, and every number stays`() throws {
      let place = try SmokeRun.copy()
      try place.made("editing", "PRESET=smoke")
      let parts = "SET=sampling.shards=3"
      let made = try place.made(
        "all", "editing", "PRESET=smoke", "FROM=work/smoke", "RUN=work/parts", parts, "PNG=1")
      #expect(made.output.split(separator: "\n").count { $0.contains("--shard 00004-of-00006") } == 9 + 12)
      for arm in ["distill-greedy", "distill-teacher", "anyorder-random"] {
        let whole = try SampleTable(
          reading: place.file("work/smoke/samples/\(arm)/samples-00001-of-00002.shard"))
        var joined = try SampleTable(
          reading: place.file("work/parts/samples/\(arm)/samples-00003-of-00006.shard"))
        #expect(joined.part?.images == 16 && joined.seed == 2)
        for index in [4, 5] {
          joined.append(
            try SampleTable(
              reading: place.file("work/parts/samples/\(arm)/samples-0000\(index)-of-00006.shard")))
        }
        joined.part = nil
        #expect(joined == whole)
        #expect(
          try numbers(place, "work/parts/scores/\(arm).json")
            == numbers(place, "work/smoke/scores/\(arm).json"))
      }
      #expect(
        try numbers(place, "work/parts/editing/scores.json")
          == numbers(place, "work/smoke/editing/scores.json"))
      #expect(
        try place.made("all", "editing", "PRESET=smoke", "FROM=work/smoke", "RUN=work/parts", "PNG=1").output
          .contains(
            "Nothing to be done for 'all'."))
      #expect(place.exists("work/parts/samples/distill-greedy/png/seed-2/00015-triangle.png"))
      #expect(place.exists("work/parts/samples/distill-greedy/png/seed-2-00002-of-00003-orders.png"))
      #expect(place.exists("work/parts/editing/distill-greedy-50/png/seed-2-00002-of-00003/edits.png"))
      // The pictures of the first seed are on the page, from all of its parts.
      func images(_ run: String) throws -> Set<Substring> {
        let page = String(decoding: try place.bytes(run + "/report.html"), as: UTF8.self)
        return Set(page.matches(of: /data:image\/png;base64,[^"]*/).map(\.output))
      }
      #expect(try images("work/parts").isSuperset(of: images("work/smoke")))
    }

    @Test func `parts that do not belong together are refused`() throws {
      let place = try SmokeRun.copy()
      let folder = "work/parts/samples/distill-greedy/"
      try place.made(
        "samples", "FROM=work/smoke", "RUN=work/parts", "SET=sampling.shards=2 sampling.seeds=[1,5]")
      func path(_ index: Int) -> String { place.file(folder + "samples-0000\(index)-of-00004.shard") }
      let good = try (0..<4).map { try SampleTable.read(path($0)) }
      func refused(
        _ words: String, _ index: Int, sourceLocation: SourceLocation = #_sourceLocation,
        change: (inout SampleTable, inout Provenance) -> Void
      ) throws {
        var (table, header) = good[index]
        var provenance = header.provenance
        change(&table, &provenance)
        try table.write(to: path(index), shard: index, of: 4, provenance: provenance)
        let result = try place.stage(
          "score", "compare", "--config", "work/parts/config/score.json", "--samples", folder, "--out",
          "s.json")
        #expect(result.code == 65, "\(result.text)", sourceLocation: sourceLocation)
        #expect(
          result.error.replacing("\n", with: " ").contains(words), "\(result.error)",
          sourceLocation: sourceLocation)
        (table, header) = good[index]
        try table.write(to: path(index), shard: index, of: 4, provenance: header.provenance)
      }
      func part(_ index: Int, _ images: Int) -> SampleTable.Part? {
        ShardPart(index: index, count: 2).flatMap { SampleTable.Part($0, ofImages: images) }
      }
      try refused("expected part 2 of 2 of the 16 images of seed 1, found part 1 of 2 of the 16", 1) {
        table, _ in
        table.part = part(0, 16)
      }
      try refused("found all images of seed 1", 1) { table, _ in table.part = nil }
      try refused("found part 2 of 2 of the 16 images of seed 5", 1) { table, _ in table.seed = 5 }
      try refused("found part 2 of 2 of the 17 images of seed 1", 1) { table, _ in table.part = part(1, 17) }
      try refused("expected 9 images, as part 00000-of-00002 of 18 has, found 8", 0) { table, _ in
        table.part = part(0, 18)
      }
      try refused("expected the first part of seed 5, found part 00001-of-00002", 2) { table, _ in
        table.part = part(1, 16)
      }
      try refused("expected images drawn with the settings of", 3) { _, provenance in
        provenance.configID = String(repeating: "0", count: 64)
      }
      try refused("expected images that no other part of seed 5 holds", 3) { table, _ in
        table.sampleIDs[7] = 0
      }
      try refused("expected samples by the model", 3) { _, provenance in
        provenance.inputs[0].contentID = String(repeating: "0", count: 64)
      }
      let alone = try place.stage(
        "score", "compare", "--config", "work/parts/config/score.json", "--samples",
        folder + "samples-00002-of-00004.shard", "--out", "s.json")
      #expect(
        alone.code == 65 && alone.error.contains("all 2 shards of seed 5, found 1 of them"), "\(alone.text)")
      try place.remove(folder + "samples-00002-of-00004.shard")
      let missing = try place.stage(
        "score", "compare", "--config", "work/parts/config/score.json", "--samples", folder, "--out", "s.json"
      )
      #expect(missing.code == 66 && missing.error.contains("samples-00002-of-00004.shard"), "\(missing.text)")
    }

    @Test(arguments: [
      ("sampling.shards=0", "'sampling.shards' must be a whole number from 1 to 8192, found 0"),
      ("sampling.shards=9", "'sampling.shards' must be at most 'editing.images', 8, found 9"),
      ("sampling.shards=17 editing.images=20", "'sampling.shards' must be at most 16, found 17"),
    ])
    func `more parts than images are refused before anything runs`(set: String, sentence: String) throws {
      let place = try Workplace()
      let result = try place.make("samples", "PRESET=smoke", "SET=" + set)
      #expect(result.code == 2 && result.error.contains(sentence), "\(result.text)")
      #expect(!place.exists("work/smoke/tokenizer"))
    }
  }
}
