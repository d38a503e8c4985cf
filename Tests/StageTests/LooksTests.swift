import Foundation
import Shards
import TestSupport
import Testing
import Weights

extension StageTests {
  /// Training that looks at its model: orders are extracted and images drawn at every validation.
  @Suite struct LooksTests {
    private static let looks = "anyorder.validate_orders=5 anyorder.validate_samples=4"

    private func words(_ out: String, config: String = "work/looks", _ rest: [String] = []) -> [String] {
      [
        Workplace.binaries + "/train-anyorder", "--config", config + "/config/anyorder.json", "--tokens",
        "work/smoke/tokens", "--out", out + "/model.shard",
      ] + rest
    }

    /// The bytes of what is kept of images, by file.
    private func progress(_ place: Workplace, _ out: String) throws -> [String: [UInt8]] {
      let folder = out + "/progress"
      guard place.exists(folder) else { return [:] }
      let names = try FileManager.default.contentsOfDirectory(atPath: place.file(folder))
      return Dictionary(
        uniqueKeysWithValues: try names.map { ($0, try place.bytes("\(folder)/\($0)")) })
    }

    @Test func `looks are kept and shown, and the model learns what it learns without them`() throws {
      let place = try SmokeRun.copy()
      try place.settings("RUN=work/looks", "SET=" + Self.looks)
      let made = try Command.run(words("work/smoke/watched"), in: place.path)
      try #require(made.code == 0, "\(made.text)")
      let kept = try progress(place, "work/smoke/watched")
      #expect(kept.keys.sorted() == ["step-000020.shard", "step-000040.shard"])
      let (weights, plain) = (
        try WeightsTable(reading: place.file("work/smoke/watched/model.shard")),
        try WeightsTable(reading: place.file("work/smoke/anyorder/model.shard"))
      )
      #expect(weights == plain)
      let logs = try ["watched", "anyorder"].map { model in
        String(decoding: try place.bytes("work/smoke/\(model)/metrics.jsonl"), as: UTF8.self)
      }
      let distances = logs[0].matches(of: /"greedy_step_distance":([0-9.]+),/).compactMap { Double($0.1) }
      #expect(distances.count == 2 && distances.allSatisfy { $0 >= 1 && $0 < 7 }, "\(logs[0].suffix(400))")
      #expect(logs[0].replacing(/"greedy_step_distance":[0-9.]+,/, with: "") == logs[1])
      let heads = try ["watched", "anyorder"].map { model in
        String(
          decoding: try place.bytes("work/smoke/\(model)/metrics.csv").prefix { $0 != 10 }, as: UTF8.self)
      }
      #expect(heads[0] == heads[1] + ",greedy_step_distance")

      let tables = try [20, 40].map {
        try ProgressTable(reading: place.file("work/smoke/watched/progress/step-0000\($0).shard"))
      }
      #expect(tables.map(\.step) == [20, 40] && tables.allSatisfy { $0.labels == [0, 1, 2, 3] })
      #expect(tables[0].orders == tables[1].orders && tables[0].tokens != tables[1].tokens)
      // Other threads, the same bytes.
      let again = try Command.run(words("work/again", ["--threads", "3"]), in: place.path)
      #expect(again.code == 0, "\(again.text)")
      #expect(try progress(place, "work/again") == kept)

      let page = try place.stage("score", "report", "--run", "work/smoke", "--out", "page.html")
      #expect(page.code == 0, "\(page.text)")
      let html = String(decoding: try place.bytes("page.html"), as: UTF8.self)
      for part in [
        "While learning", "Drawn by “watched” after so many steps of its training",
        "<th scope=\"col\">20</th>\n<th scope=\"col\">40</th>", "d of the greedy order while training",
        "alt=\"\(tables[0].classNames[3]) after 40 steps\"",
      ] {
        #expect(html.contains(part), "the page lacks '\(part)'")
      }
      let own = String(decoding: try place.bytes("work/smoke/report.html"), as: UTF8.self)
      #expect(
        !own.contains("While learning") && !own.contains(".pictures")
          && !own.contains("d of the greedy order"))
      let verified = try place.stage("shard", "verify", "work/smoke/watched")
      #expect(verified.code == 0 && verified.output.contains("progress"), "\(verified.text)")

      // Another training in the same folder begins without them.
      let other = try Command.run(
        words("work/smoke/watched", config: "work/smoke", ["--restart"]), in: place.path)
      #expect(other.code == 0, "\(other.text)")
      #expect(try progress(place, "work/smoke/watched").isEmpty)
    }

    @Test(arguments: [SIGKILL, SIGTERM]) func `looks of a run stopped at any moment are those of a whole one`(
      signal: Int32
    ) throws {
      let place = try SmokeRun.copy()
      try place.settings(
        "RUN=work/looks", "SET=\(Self.looks) anyorder.steps=150 anyorder.validate_every=10")
      let rest = ["--checkpoint-seconds", "0.05"]
      let whole = try Command.run(words("work/whole", rest), in: place.path)
      try #require(whole.code == 0, "\(whole.text)")
      #expect(try progress(place, "work/whole").count == 15)
      try place.interrupt(
        words("work/parts", rest), until: "work/parts/model.shard", taking: whole.seconds, by: signal, seed: 9
      )
      #expect(try progress(place, "work/parts") == progress(place, "work/whole"))
      for name in ["model.shard", "metrics.jsonl", "metrics.csv"] {
        #expect(try place.bytes("work/parts/" + name) == place.bytes("work/whole/" + name), "\(name)")
      }
    }

    @Test func `make keeps looks when it tidies up, and settings out of range are named`() throws {
      let place = try SmokeRun.copy()
      let made = try place.made("anyorder", "PRESET=smoke", "SET=" + Self.looks)
      #expect(made.code == 0)
      #expect(try progress(place, "work/smoke/anyorder").count == 2)
      try place.made("clean-stale", "RUN=work/smoke", "FORCE=1")
      #expect(try progress(place, "work/smoke/anyorder").count == 2)
      let verified = try place.made("verify", "RUN=work/smoke")
      #expect(verified.output.contains("anyorder/progress/step-000040.shard"), "\(verified.text)")
      for (set, words) in [
        ("anyorder.validate_samples=1025", "'training.validate_samples' must be at most 1024, found 1025"),
        ("distill.validate_orders=-1", "'training.validate_orders' must be 0 or more, found -1"),
      ] {
        let refused = try place.make("anyorder", "PRESET=smoke", "RUN=work/other", "SET=" + set)
        #expect(
          refused.code == 2 && refused.error.replacing("\n", with: " ").contains(words), "\(refused.text)")
      }
    }
  }
}
