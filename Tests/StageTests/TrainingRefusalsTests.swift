import Foundation
import Shards
import TestSupport
import Testing

extension StageTests {
  /// What a training run refuses, it refuses in the same words whatever it trains.
  @Suite struct TrainingRefusalsTests {
    enum Stage: String, CaseIterable, Sendable {
      case tokenize
      case trainAnyOrder = "train-anyorder"

      /// The settings file of the stage and the section of the preset that they come from.
      var names: (config: String, section: String) {
        switch self {
        case .tokenize: ("tokenizer.json", "tokenizer")
        case .trainAnyOrder: ("anyorder.json", "anyorder")
        }
      }
    }

    private static let out = "work/long/model/model.shard"
    private static let checkpoints = "work/long/model/checkpoints"

    private func words(_ stage: Stage, run: String = "work/long", _ more: String...) -> [String] {
      [Workplace.binaries + "/" + stage.rawValue]
        + (stage == .tokenize ? ["fit"] : ["--tokens", "work/smoke/tokens"])
        + ["--config", run + "/config/" + stage.names.config, "--out", Self.out]
        + ["--checkpoint-seconds", "0"] + more
    }

    /// A place with checkpoints of a long run that was stopped.
    private func stopped(_ stage: Stage) throws -> Workplace {
      let place = try SmokeRun.copy()
      try place.settings("RUN=work/long", "SET=anyorder.steps=4000 tokenizer.epochs=400")
      let command = try Command(words(stage), in: place.path)
      for _ in 0..<3000 where try steps(place).count < 2 { usleep(10_000) }
      command.signal(SIGTERM)
      let ended = command.wait()
      try #require(ended.code == 75, "\(ended.text)")
      #expect(ended.error.contains("Stopped by SIGTERM: checkpoint of step "), "\(ended.error)")
      #expect(ended.error.contains(" of \(stage == .tokenize ? 3200 : 4000) written."), "\(ended.error)")
      try #require(try steps(place).count == 2)
      return place
    }

    private func steps(_ place: Workplace) throws -> [String] {
      guard place.exists(Self.checkpoints) else { return [] }
      return try FileManager.default.contentsOfDirectory(atPath: place.file(Self.checkpoints))
        .filter { $0.hasPrefix("step-") }.sorted()
    }

    @Test(arguments: Stage.allCases)
    func `a checkpoint of other settings is refused, and left behind on demand`(stage: Stage) throws {
      let place = try stopped(stage)
      try place.settings("RUN=work/short", "SET=anyorder.steps=8 tokenizer.epochs=1")
      let refused = try Command.run(words(stage, run: "work/short"), in: place.path)
      #expect(refused.code == 78)
      #expect(
        refused.error.contains("\(Self.checkpoints) holds a checkpoint of step ")
          && refused.error.contains(" of other settings or inputs: expected configuration ")
          && refused.error.contains(
            "Give --restart to leave it behind and start afresh, change them back, or give another --out."),
        "\(refused.error)")
      #expect(try steps(place).count == 2)
      let restarted = try Command.run(words(stage, run: "work/short", "--restart"), in: place.path)
      #expect(restarted.code == 0, "\(restarted.text)")
      #expect(restarted.error.contains("Leaving a checkpoint of step "), "\(restarted.error)")
    }

    @Test(arguments: Stage.allCases)
    func `a checkpoint of other inputs is refused, and the input named`(stage: Stage) throws {
      let place = try stopped(stage)
      for step in try steps(place) {
        let name = "\(Self.checkpoints)/\(step)/state.json"
        let text = String(decoding: try place.bytes(name), as: UTF8.self)
        let other = text.replacing(/"content_id": "[0-9a-f]{4}/, with: "\"content_id\": \"beef")
        try Data(other.utf8).write(to: URL(filePath: place.file(name)))
      }
      let refused = try Command.run(words(stage), in: place.path)
      #expect(refused.code == 78)
      let input = stage == .tokenize ? "images train" : "tokens tokens-00000-of-00002.shard"
      #expect(
        refused.error.contains("of other settings or inputs: expected \(input) with content ")
          && refused.error.contains(", found \(input) with content beef"), "\(refused.error)")
    }

    @Test(arguments: Stage.allCases)
    func `a damaged checkpoint is passed over for the one before`(stage: Stage) throws {
      let place = try stopped(stage)
      let all = try steps(place)
      let (before, newest) = (try #require(all.first), try #require(all.last))
      try place.damage("\(Self.checkpoints)/\(newest)/weights.shard")
      let command = try Command(words(stage), in: place.path)
      for _ in 0..<3000 where try steps(place).allSatisfy({ $0 <= newest }) { usleep(10_000) }
      command.signal(SIGTERM)
      let ended = command.wait()
      #expect(ended.code == 75, "\(ended.text)")
      #expect(ended.error.contains("Passing over \(Self.checkpoints)/\(newest): "), "\(ended.error)")
      let step = try #require(Int(before.dropFirst(5)))
      #expect(ended.error.contains("Continuing after step \(step)\n"), "\(ended.error)")
    }

    @Test(arguments: Stage.allCases)
    func `a folder in which another process works is refused`(stage: Stage) throws {
      let place = try SmokeRun.copy()
      try place.settings("RUN=work/long", "SET=anyorder.steps=4000 tokenizer.epochs=400")
      let first = try Command(words(stage), in: place.path)
      for _ in 0..<3000 where try steps(place).isEmpty { usleep(10_000) }
      let second = try Command.run(words(stage), in: place.path)
      #expect(second.code == 75)
      #expect(
        second.error.contains(
          "work/long/model is in use by process \(first.process) (\(stage.rawValue))"), "\(second.error)")
      first.signal(SIGTERM)
      #expect(first.wait().code == 75)
    }

    @Test(arguments: Stage.allCases)
    func `a loss or gradient that is not finite ends the run`(stage: Stage) throws {
      let place = try SmokeRun.copy()
      let rate = "\(stage.names.section).learning_rate=1000000"
      try place.settings("RUN=work/long", "SET=anyorder.steps=4000 tokenizer.epochs=400 " + rate)
      let ended = try Command.run(words(stage), in: place.path)
      #expect(ended.code == 70)
      #expect(
        ended.error.contains(
          /The (loss|gradient) became -?(nan|inf) at step \d+: lower the learning rate of this stage/),
        "\(ended.error)")
      #expect(!place.exists(Self.out))
    }
  }
}
