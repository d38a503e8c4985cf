import Files
import Foundation
import TestSupport
import Testing

/// `score runs` on runs written here, whose differences can be worked out by hand.
@Suite struct ScoreRunsTests {
  let place: TemporaryFolder

  init() throws { place = try TemporaryFolder() }

  private func write(_ value: JSONValue, _ path: String) throws {
    try writeAtomically(Array(value.text.utf8), to: place.file(path))
  }

  private func inputs(_ entries: [(String, String)]) -> JSONValue {
    ["inputs": .array(entries.map { ["role": .string($0.0), "name": "file", "content_id": .string($0.1)] })]
  }

  private func score(
    _ values: [Double], seeds: [Int], compared: Int = 100, name: String = "FD(layer, resize)",
    real: String = "r",
    reconstructions: String = "t"
  ) -> JSONValue {
    let mean = values.reduce(0, +) / Double(values.count)
    func metric(_ against: String) -> JSONValue {
      [
        "name": .string(name), "layer": "layer", "quantity": "frechet", "against": .string(against),
        "values": .array(values.map(JSONValue.number)), "mean": .number(mean), "standard_error": 0.5,
      ]
    }
    return WrittenScores.arm([
      "seeds": .array(seeds.map(JSONValue.integer)), "counts": ["compared": .integer(compared)],
      "extractor": ["weights_sha256": "w"], "metrics": [metric("real"), metric("reconstructions")],
      "provenance": inputs([("real", real), ("reconstructions", reconstructions)]),
    ])
  }

  private func likelihood(_ mean: Double, _ error: Double, tokens: String = "t", images: Int = 50)
    -> JSONValue
  {
    WrittenScores.likelihood([
      "images": .integer(images), "provenance": inputs([("tokens", tokens)]),
      "bits_per_token": ["raster": ["mean": .number(mean), "standard_error": .number(error)]],
    ])
  }

  private func runs(_ arguments: String...) throws -> Command.Result {
    try Command.run([Workplace.binaries + "/score", "runs"] + arguments, in: place.path)
  }

  private func compared() throws -> JSONValue {
    let result = try runs("a", "b", "--json")
    try #require(result.code == 0, "\(result.text)")
    return try JSONValue(parsing: Array(result.output.utf8))
  }

  private func find(_ report: JSONValue, _ part: String, _ quantity: String, _ name: String) -> JSONValue? {
    report[part]?.array?.first {
      $0["quantity"]?.string == quantity && ($0["arm"] ?? $0["model"])?.string == name
    }
  }

  @Test func `equal seeds are compared in pairs, other seeds as two samples`() throws {
    try write(score([1, 2, 4], seeds: [1, 2, 3]), "a/scores/paired.json")
    try write(score([2, 3.5, 5], seeds: [1, 2, 3]), "b/scores/paired.json")
    try write(score([1, 2, 3], seeds: [1, 2, 3]), "a/scores/other.json")
    try write(score([5, 7, 9], seeds: [4, 5, 6]), "b/scores/other.json")
    try write(score([1, 2, 3], seeds: [1, 2, 3]), "a/scores/shifted.json")
    try write(score([2, 3, 4], seeds: [1, 2, 3]), "b/scores/shifted.json")
    try write(score([1], seeds: [1]), "a/scores/single.json")
    try write(score([2], seeds: [1]), "b/scores/single.json")
    let report = try compared()

    // Differences 1, 1.5, 1: mean 7/6, deviation √(1/12), error 1/6; t of two degrees 4.302653.
    let paired = try #require(
      find(report, "scores", "FD(layer, resize) to real images", "paired")?["difference"])
    #expect(abs((paired["mean"]?.double ?? 0) - 7.0 / 6) < 1e-12)
    #expect(abs((paired["standard_error"]?.double ?? 0) - 1.0 / 6) < 1e-12)
    #expect(paired["degrees_of_freedom"]?.int == 2)
    let interval = try #require(paired["interval_95"]?.array).compactMap(\.double)
    #expect(abs(interval[0] - (7.0 / 6 - 4.302653 / 6)) < 1e-5)
    #expect(abs(interval[1] - (7.0 / 6 + 4.302653 / 6)) < 1e-5)
    #expect(paired["excludes_zero"] == true)
    #expect(paired["excludes_zero_corrected"] == false, "six intervals")
    let shifted = try #require(
      find(report, "scores", "FD(layer, resize) to real images", "shifted")?["difference"])
    #expect(shifted["mean"]?.double == 1 && shifted["excludes_zero"] == false, "no spread to judge by")

    // Variances 1/3 and 4/3: error √(5/3); Welch (5/3)² / ((1/9 + 16/9) / 2) = 2.94, rounded down 2.
    let other = try #require(
      find(report, "scores", "FD(layer, resize) to real images", "other")?["difference"])
    #expect(other["mean"]?.double == 5)
    #expect(abs((other["standard_error"]?.double ?? 0) - (5.0 / 3).squareRoot()) < 1e-12)
    #expect(other["degrees_of_freedom"]?.int == 2)
    #expect(other["method"]?.string?.contains("Welch") == true)
    #expect(other["excludes_zero"] == false, "4.303 · 1.291 = 5.55")

    let single = try #require(find(report, "scores", "FD(layer, resize) to real images", "single"))
    #expect(single["difference"] == .null)
    #expect(single["remark"] == "one sampling seed has no interval")
  }

  @Test func `what was measured otherwise is not subtracted, and says why`() throws {
    let base = score([1, 2], seeds: [1, 2])
    let others: [(String, JSONValue, String)] = [
      ("count", score([1, 2], seeds: [1, 2], compared: 60), "100 images against 60"),
      (
        "name", score([1, 2], seeds: [1, 2], name: "FD(layer, other)"), "measured as FD(layer, resize) in A"
      ),
      ("real", score([1, 2], seeds: [1, 2], real: "x"), "other real images"),
    ]
    for (arm, value, _) in others {
      try write(base, "a/scores/\(arm).json")
      try write(value, "b/scores/\(arm).json")
    }
    try write(base, "a/scores/tokenizer.json")
    try write(score([1, 2], seeds: [1, 2], reconstructions: "x"), "b/scores/tokenizer.json")
    try write(base, "a/scores/only.json")
    let report = try compared()
    for (arm, _, remark) in others {
      let row = try #require(find(report, "scores", "FD(layer, resize) to real images", arm))
      #expect(row["difference"] == .null && row["remark"]?.string == remark, "\(row.text)")
    }
    #expect(find(report, "scores", "FD(layer, resize) to real images", "tokenizer")?["difference"] != .null)
    #expect(
      find(report, "scores", "FD(layer, resize) to reconstructions", "tokenizer")?["remark"]
        == "each against reconstructions by its own tokenizer")
    let only = try #require(find(report, "scores", "FD(layer, resize) to real images", "only"))
    #expect(only["b"] == .null && only["remark"] == "not in B")
  }

  @Test func `likelihoods have normal intervals over images, where the images are the same`() throws {
    try write(likelihood(2.8, 0.03), "a/scores/likelihood-distill.json")
    try write(likelihood(2.7, 0.04), "b/scores/likelihood-distill.json")
    try write(likelihood(2.8, 0.03), "a/scores/likelihood-anyorder.json")
    try write(likelihood(2.7, 0.04, tokens: "x"), "b/scores/likelihood-anyorder.json")
    let report = try compared()
    let row1 = try #require(find(report, "likelihoods", "bits per token, raster order", "distill"))
    let interval = try #require(row1["difference"]?["interval_95"]?.array).compactMap(\.double)
    // Error 0.05.
    #expect(abs(interval[0] - (-0.1 - 1.959964 * 0.05)) < 1e-6)
    #expect(abs(interval[1] - (-0.1 + 1.959964 * 0.05)) < 1e-6)
    #expect(row1["difference"]?["excludes_zero"] == true)
    let row2 = try #require(find(report, "likelihoods", "bits per token, raster order", "anyorder"))
    #expect(row2["difference"] == .null && row2["remark"] == "other test tokens")
  }

  @Test func `settings that differ stand first, with both values`() throws {
    try write(
      ["distill": ["steps": 20, "seed": 1], "arms": ["x": ["order": "raster"]]], "a/config/settings.json")
    try write(["distill": ["steps": 30, "seed": 1], "score": ["layers": ["l"]]], "b/config/settings.json")
    let result = try runs("a", "b")
    #expect(result.code == 0)
    let lines = result.output.split(separator: "\n").map { $0.split(separator: #/ {2,}/#).map(String.init) }
    #expect(Array(lines.prefix(2)) == [["A", "a"], ["B", "b"]])
    #expect(lines.contains(["distill.steps", "20", "30"]))
    #expect(lines.contains(["arms.x.order", "raster", "–"]))
    #expect(lines.contains(["score.layers", "–", "[\"l\"]"]))
    #expect(!result.output.contains("distill.seed"))
    #expect(result.output.contains("A has no scores yet: make scores RUN=a"))
  }

  @Test func `what is no run, or not JSON, or cannot be printed ends with its exit code`() throws {
    try write([:], "a/config/settings.json")
    try FileManager.default.createDirectory(atPath: place.file("empty"), withIntermediateDirectories: true)
    #expect(try runs("a", "missing").code == 66)
    let empty = try runs("a", "empty")
    #expect(empty.code == 66 && empty.error.contains("empty is no run"), "\(empty.error)")
    #expect(try runs("a").code == 64)
    let full = try Command.run(
      ["bash", "-c", "'\(Workplace.binaries)/score' runs a a >/dev/full"], in: place.path)
    #expect(full.code == 74, "\(full.text)")
    try writeAtomically(Array("{".utf8), to: place.file("a/scores/x.json"))
    #expect(try runs("a", "a").code == 65)
  }
}

extension StageTests {
  @Suite struct CompareTests {
    @Test func `make compare shows two runs side by side, as text and as JSON`() throws {
      let place = try SmokeRun.copy()
      let copied = try Command.run(["cp", "-a", "work/smoke", "work/same"], in: place.path)
      try #require(copied.code == 0)
      let text = try place.made("compare", "A=work/smoke", "B=work/same/")
      #expect(
        text.output.hasPrefix("A  work/smoke\nB  work/same\n\nThe settings are the same.\n"), "\(text.output)"
      )
      #expect(text.output.contains("paired t over 2 sampling seeds"))
      #expect(text.output.contains("bits per token, greedy order"))
      let json = try place.made("compare", "A=work/smoke", "B=work/same", "JSON=1")
      let report = try JSONValue(parsing: Array(json.output.utf8))
      #expect(report["likelihoods"]?.array?.count == 24, "6 models along 4 orders")
      #expect(report["scores"]?.array?.contains { $0["arm"]?.string == "distill-teacher" } == true)
      for row in (report["scores"]?.array ?? []) + (report["likelihoods"]?.array ?? []) {
        #expect(row["difference"]?["mean"]?.double == 0, "\(row.text)")
        #expect(row["difference"]?["excludes_zero"] == false)
      }
      #expect(try place.make("compare", "A=work/smoke").error.contains("compare needs two runs"))
      #expect(try place.make("compare", "A=work/smoke", "B=work/none").error.contains("Error 66"))
    }
  }
}
