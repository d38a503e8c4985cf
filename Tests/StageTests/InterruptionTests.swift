import Foundation
import Randomness
import Shards
import TestSupport
import Testing

extension StageTests {
  /// Runs stopped again and again must end with the same results as the uninterrupted one.
  @Suite struct InterruptionTests {
    enum Interruption: String, CaseIterable, Sendable {
      /// SIGTERM, in turn to make alone, which passes it on to the stage it waits for, and to make and all
      /// its children, as a job scheduler or a closing session sends it.
      case terminate
      /// SIGKILL to make and all its children: a power failure.
      case kill
    }

    @Test(arguments: Interruption.allCases)
    func `a run interrupted at least twenty times gives the same results`(how: Interruption) throws {
      let place = try Workplace()
      let expected = try SmokeRun.finished()
      var stream = RandomStream(seed: 7, purpose: "interruptions." + how.rawValue)
      var interruptions = 0
      // Long enough that work goes on, short enough that no run comes to its end before the twentieth.
      let longest = max(0.6, expected.seconds / 12)
      while interruptions < 20 {
        let command = try Command(place.makeWords(["all", "PRESET=smoke"]), in: place.path)
        let seconds = 0.15 + (longest - 0.15) * Double(stream.next() % 1000) / 1000
        if let ended = command.wait(seconds: seconds) {
          #expect(ended.code == 0, "\(ended.text.suffix(2000))")
          // It came to its end: take something away, so that there is work to interrupt.
          for folder in ["anyorder", "distill", "samples"] { try? place.remove("work/smoke/" + folder) }
          continue
        }
        interruptions += 1
        switch how {
        case .terminate where interruptions % 2 == 0:
          command.signal(SIGTERM)
          let ended = command.wait()
          #expect([2, 128 + SIGTERM].contains(ended.code), "\(ended.code): \(ended.text.suffix(2000))")
        case .terminate: command.signalGroup(SIGTERM)
        case .kill: command.signalGroup(SIGKILL)
        }
      }
      try place.made("all", "PRESET=smoke")
      #expect(try place.results() == expected.results)
    }

    @Test(arguments: [
      ("train-anyorder", SIGKILL), ("train-anyorder", SIGTERM), ("tokenize", SIGKILL), ("tokenize", SIGTERM),
    ])
    func `a training stage stopped at any moment continues from its checkpoint to the same bytes`(
      stage: String, signal: Int32
    ) throws {
      let place = try SmokeRun.copy()
      let steps = "SET=anyorder.steps=150 tokenizer.epochs=6"
      try place.settings("RUN=work/long", steps)
      func words(_ out: String) -> [String] {
        let binary = Workplace.binaries + "/" + stage
        let config = "work/long/config/"
        return stage == "tokenize"
          ? [
            binary, "fit", "--config", config + "tokenizer.json", "--out", out + "/model.shard",
            "--checkpoint-seconds", "0.05",
          ]
          : [
            binary, "--config", config + "anyorder.json", "--tokens", "work/smoke/tokens", "--out",
            out + "/model.shard",
            "--checkpoint-seconds", "0.05",
          ]
      }
      let whole = try Command.run(words("work/whole"), in: place.path)
      try #require(whole.code == 0, "\(whole.text)")

      try place.interrupt(
        words("work/parts"), until: "work/parts/model.shard", taking: whole.seconds, by: signal, seed: 8)
      for name in ["model.shard", "metrics.jsonl", "metrics.csv"] {
        #expect(try place.bytes("work/parts/" + name) == place.bytes("work/whole/" + name), "\(name)")
      }
    }

    @Test func `a second process on the same folder is told who works there, and the first is not disturbed`()
      throws
    {
      let place = try SmokeRun.copy()
      try place.settings("RUN=work/long", "SET=anyorder.steps=4000")
      let words = [
        Workplace.binaries + "/train-anyorder", "--config", "work/long/config/anyorder.json", "--tokens",
        "work/smoke/tokens", "--out", "work/long/anyorder/model.shard",
      ]
      let first = try Command(words, in: place.path)
      for _ in 0..<1000 where !place.exists("work/long/anyorder/metrics.csv") { usleep(10_000) }
      let second = try Command.run(words, in: place.path)
      #expect(second.code == 75)
      #expect(
        second.error.contains("is in use by process \(first.process) (train-anyorder)"), "\(second.error)")
      #expect(first.wait(seconds: 0.05) == nil)
      first.signal(SIGTERM)
      let ended = first.wait()
      #expect(ended.code == 75)
      #expect(ended.error.contains("checkpoint of step"), "\(ended.error)")
    }
  }
}
