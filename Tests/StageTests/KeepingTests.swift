import Files
import Foundation
import Shards
import TestSupport
import Testing
import Weights

extension StageTests {
  /// Trainings by other optimisers and schedules, of which an average or the best weights are kept.
  @Suite struct KeepingTests {
    private static let settings =
      #"anyorder.average=0.95 anyorder.keep="best" anyorder.optimizer="muon" anyorder.schedule="stable""#

    private func words(_ out: String, config: String = "work/kept", _ rest: [String] = []) -> [String] {
      [
        Workplace.binaries + "/train-anyorder", "--config", config + "/config/anyorder.json", "--tokens",
        "work/smoke/tokens", "--out", out + "/model.shard",
      ] + rest
    }

    @Test(arguments: [SIGKILL, SIGTERM])
    func `what a run stopped at any moment keeps is what a whole one keeps`(signal: Int32) throws {
      let place = try SmokeRun.copy()
      // A rate that is too high in the end, so that an earlier validation is the best.
      try place.settings(
        "RUN=work/kept",
        "SET=\(Self.settings) anyorder.steps=150 anyorder.validate_every=10 anyorder.learning_rate=0.05")
      let rest = ["--checkpoint-seconds", "0.05"]
      let whole = try Command.run(words("work/whole", rest), in: place.path)
      try #require(whole.code == 0, "\(whole.text)")
      let threads = try Command.run(words("work/threads", rest + ["--threads", "3"]), in: place.path)
      #expect(threads.code == 0, "\(threads.text)")
      try place.interrupt(
        words("work/parts", rest), until: "work/parts/model.shard", taking: whole.seconds, by: signal, seed: 9
      )
      for name in ["model.shard", "metrics.jsonl", "metrics.csv"] {
        let expected = try place.bytes("work/whole/" + name)
        #expect(try place.bytes("work/parts/" + name) == expected, "\(name)")
        #expect(try place.bytes("work/threads/" + name) == expected, "\(name)")
      }
      // The weights say of which validation they are: that with the fewest bits in random orders.
      let facts = try WeightsTable(reading: place.file("work/whole/model.shard")).facts
      let rows = try String(decoding: place.bytes("work/whole/metrics.jsonl"), as: UTF8.self)
        .split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
      let validations = rows.compactMap { row in
        row["validation_random"]?.double.map { (bits: $0, step: row["step"]?.int ?? 0) }
      }
      let best = try #require(validations.min { ($0.bits, $0.step) < ($1.bits, $1.step) })
      #expect(validations.count == 15 && facts["kept_step"]?.int == best.step)
      #expect(facts["kept_validation"]?.double == best.bits)
    }

    @Test func `an average is measured where it is published`() throws {
      let place = try SmokeRun.copy()
      try place.settings("RUN=work/kept", "SET=anyorder.average=0.9")
      let made = try Command.run(words("work/kept/anyorder"), in: place.path)
      try #require(made.code == 0, "\(made.text)")
      let likelihood = try place.stage(
        "score", "likelihood", "--config", "work/smoke/config/score.json", "--model",
        "work/kept/anyorder/model.shard", "--tokens", "work/smoke/tokens/test", "--out", "likelihood.json")
      #expect(likelihood.code == 0, "\(likelihood.text)")
      let log = try String(decoding: place.bytes("work/kept/anyorder/metrics.jsonl"), as: UTF8.self)
      let last = try JSONValue(parsing: Array((log.split(separator: "\n").last ?? "").utf8))
      let plain = try String(decoding: place.bytes("work/smoke/anyorder/metrics.jsonl"), as: UTF8.self)
      let lastPlain = try JSONValue(parsing: Array((plain.split(separator: "\n").last ?? "").utf8))
      #expect(last["loss"] == lastPlain["loss"], "it learns what it learns without")
      #expect(last["validation_raster"] != lastPlain["validation_raster"])
    }

    @Test(arguments: [
      ("anyorder.average=1", "'training.average' must be 0 (off) or more, below 1, found 1.0"),
      (
        #"anyorder.keep="best" anyorder.validate_every=0"#,
        "'training.keep' must be last unless 'validate_every' and 'validate_images' are above 0, found best"
      ),
      (#"anyorder.schedule="stable" anyorder.decay_share=0"#, "'training.decay_share' must be above 0"),
      (#"anyorder.optimizer="sgd""#, "'training.optimizer' must be one of adamw, muon"),
    ])
    func `settings out of range are named`(set: String, sentence: String) throws {
      let place = try SmokeRun.copy()
      let refused = try Command.run(
        place.makeWords(["anyorder", "RUN=work/other", "PRESET=smoke", "SET=" + set]), in: place.path)
      #expect(
        refused.code == 2 && refused.error.replacing("\n", with: " ").contains(sentence), "\(refused.text)")
      #expect(!place.exists("work/other/anyorder/model.shard"))
    }
  }
}
