import Files
import Foundation
import Shards
import TestSupport
import Testing

/// `score replicates` on runs written here: arms by training seed, tests that can be worked out by hand, and what is no
/// repetition.
@Suite struct ScoreReplicatesTests {
  let place: TemporaryFolder

  init() throws { place = try TemporaryFolder() }

  private func write(_ value: JSONValue, _ path: String) throws {
    let file = place.file(path)
    try FileManager.default.createDirectory(
      at: URL(filePath: file).deletingLastPathComponent(), withIntermediateDirectories: true)
    try writeAtomically(Array(value.text.utf8), to: file)
  }

  /// A run with a specialised arm, a control and a raster arm, each with two sampling seeds around its mean.
  private func writeRun(
    _ name: String, seed: Int, steps: Int = 10, compared: Int = 20_000, means: [String: Double]
  ) throws {
    let arms = [
      ("ours", "tuned", "greedy"), ("control", "long", "random"), ("lines", "rows", "raster"),
    ]
    var settings: [String: JSONValue] = [
      "arms": .object(
        Dictionary(
          uniqueKeysWithValues: arms.map { name, model, order in
            (name, ["model": .string(model), "order": .string(order), "teacher": ""])
          }))
    ]
    for (_, model, _) in arms { settings[model] = ["steps": .integer(steps), "seed": .integer(seed)] }
    try write(.object(settings), "\(name)/config/settings.json")
    let models = [
      ("long", "trained on", "control", "random"), ("tuned", "taught", "specialised", "greedy"),
      ("rows", "in rows", "raster", "raster"),
    ].map { name, title, role, order -> JSONValue in
      [
        "name": .string(name), "title": .string(title), "role": .string(role), "from": "",
        "settings": .string(name), "order": .string(order),
      ]
    }
    try write(["models": .array(models)], "\(name)/config/models.json")
    for (arm, mean) in means {
      let metric: JSONValue = [
        "name": "FD(layer, resize)", "layer": "layer", "dimension": 8, "quantity": "frechet",
        "against": "real",
        "values": [.number(mean - 0.5), .number(mean + 0.5)], "mean": .number(mean), "standard_error": 0.5,
      ]
      try write(
        WrittenScores.arm([
          "arm": .string(arm), "seeds": [1, 2], "metrics": [metric], "extractor": ["weights_sha256": "w"],
          "counts": ["compared": .integer(compared)],
        ]), "\(name)/scores/\(arm).json")
    }
  }

  private func replicates(_ arguments: String...) throws -> Command.Result {
    try Command.run(
      [Workplace.binaries + "/score", "replicates", "--out", "page.html"] + arguments, in: place.path)
  }

  private func writeThree() throws {
    for (index, means) in [
      ["ours": 4.0, "control": 5.0, "lines": 4.5], ["ours": 4.1, "control": 5.2, "lines": 4.0],
      ["ours": 4.05, "control": 5.1, "lines": 4.3],
    ].enumerated() {
      try writeRun("run-\(index + 1)", seed: index + 1, means: means)
    }
  }

  @Test func `the training is the unit of means, errors and tests`() throws {
    try writeThree()
    let result = try replicates("run-1", "run-2", "run-3")
    #expect(result.code == 0, "\(result.text)")
    let page = try String(contentsOfFile: place.file("page.html"), encoding: .utf8)
    // Differences −1, −1.1, −1.05: t(2) = −36.37. Two tests, so the smaller p-value counts twice and its level is 97.5 %.
    #expect(page.contains("<p class=\"headline\">Over 3 training seeds, specialised orders helped.</p>"))
    #expect(page.contains("“taught · greedy” scores 4.05 ± 0.03, its control of equal steps "))
    #expect(page.contains("paired t(2) = −36.37") && page.contains("correction for 2 comparisons"))
    #expect(page.contains("97.5 % interval −1.23 to −0.87"))
    #expect(page.contains("covers what another training would change"))
    #expect(page.contains("paired by training seed") && !page.contains("one training seed cannot tell"))
    // Deviations: 0.05 over trainings, √½ over samples of one.
    #expect(page.contains(">0.050</td><td class=\"number\">0.707</td>"))
    #expect(page.contains("<code>tuned.seed</code>"))
    // The page is a function of the runs, and its own earlier version is no obstacle.
    #expect(try replicates("run-1", "run-2", "run-3").code == 0)
    #expect(try String(contentsOfFile: place.file("page.html"), encoding: .utf8) == page)
  }

  @Test func `runs that are no repetitions are refused`() throws {
    try writeThree()
    let means = ["ours": 4.0, "control": 5.0, "lines": 4.5]
    try writeRun("same", seed: 1, means: means)
    let same = try replicates("run-1", "same")
    #expect(same.code == 65 && same.text.contains("other seeds of training than in run-1"), "\(same.text)")
    try writeRun("longer", seed: 9, steps: 11, means: means)
    let longer = try replicates("run-1", "longer")
    #expect(longer.code == 65 && longer.text.contains("found another 'long.steps'"), "\(longer.text)")
    try writeRun("fewer", seed: 9, compared: 60, means: means)
    let fewer = try replicates("run-1", "fewer")
    #expect(fewer.code == 65 && fewer.text.contains("20000 images against 60"), "\(fewer.text)")
    #expect(try replicates("run-1").code == 64)
    #expect(try replicates("run-1", "none").code == 66)
    #expect(!FileManager.default.fileExists(atPath: place.file("page.html")))
  }

  @Test func `an arm that a run lacks is left out, and that is said`() throws {
    try writeThree()
    try FileManager.default.removeItem(atPath: place.file("run-2/scores/lines.json"))
    #expect(try replicates("run-1", "run-2", "run-3").code == 0)
    let page = try String(contentsOfFile: place.file("page.html"), encoding: .utf8)
    #expect(page.contains("Not every run has scores of “lines”") && !page.contains("in rows · raster"))
  }
}

extension StageTests {
  @Suite struct ReplicateTests {
    @Test func `make trains the preset for every seed, and a second time does nothing`() throws {
      let place = try Workplace()
      try place.made("replicate", "SEEDS=1 2", "PRESET=smoke")
      #expect(try place.results("work/smoke-seed-1") == SmokeRun.finished().results, "seed 1 is the preset")
      let (one, two) = (try place.results("work/smoke-seed-1"), try place.results("work/smoke-seed-2"))
      for model in ["tokenizer", "anyorder", "raster-scratch", "distill", "anyorder-long"] {
        #expect(one["\(model)/model.shard"] != two["\(model)/model.shard"], "\(model)")
      }
      let page = try place.bytes("work/smoke-replicates.html")
      let again = try place.made("replicate", "SEEDS=1 2", "PRESET=smoke")
      #expect(
        again.output.split(separator: "\n").allSatisfy { $0.hasSuffix("Nothing to be done for 'all'.") },
        "\(again.output)")
      #expect(try place.bytes("work/smoke-replicates.html") == page)
    }

    @Test func `what is given from elsewhere is shared, and other settings stay`() throws {
      let place = try Workplace()
      try place.fakePrograms()
      try place.fill("mine", ["tokenizer.shard"])
      let dry = try place.fakeMake(
        "-n", "replicate", "SEEDS=3 5", "PRESET=smoke", "SET=distill.seed=7", "TOKENIZER=mine/tokenizer.shard"
      )
      #expect(dry.code == 0 && !dry.output.contains("tokenize fit"), "\(dry.text)")
      #expect(dry.output.contains("score replicates work/smoke-seed-3 work/smoke-seed-5 --out"))
      let settings = try JSONValue(
        parsing: try place.bytes("work/smoke-seed-5/config/dry-run/settings.json"))
      #expect(settings["distill"]?["seed"] == 4007 && settings["tokenizer"]?["seed"] == 1)
      #expect(settings["anyorder"]?["seed"] == 4001 && settings["sampling"]?["seeds"] == [1, 2])
    }

    @Test(arguments: [
      ("SEEDS=", "has fewer than two training seeds"), ("SEEDS=4", "has fewer than two training seeds"),
      ("SEEDS=1 x", "has 'x', which is no training seed"), ("SEEDS=0 1", "has '0', which"),
      ("SEEDS=2 1 2", "has 2 twice"), ("SEEDS=1 $(shell touch evil)", "which is no training seed"),
    ])
    func `bad seeds are one sentence`(seeds: String, said: String) throws {
      let place = try Workplace()
      try place.fakePrograms()
      let result = try place.fakeMake("replicate", seeds, "PRESET=smoke")
      #expect(result.code == 2 && result.error.contains(said), "\(result.text)")
      #expect(result.error.contains("give whole numbers from 1 to 1000000 that differ"))
      #expect(!place.exists("work") && !place.exists("evil"))
    }

    @Test func `a model from elsewhere cannot be trained several times`() throws {
      let place = try Workplace()
      try place.fakePrograms()
      let result = try place.fakeMake("replicate", "SEEDS=1 2", "PRESET=smoke", "MODEL=x.shard")
      #expect(result.code == 2 && result.error.contains("MODEL=x.shard is given"), "\(result.text)")
    }
  }
}
