import Foundation
import Randomness
import TestSupport
import Testing

extension StageTests {
  /// Training as several processes that MPI connects. Where there is none, what needs it is left out with a sentence.
  @Suite struct RanksStageTests {
    /// Whether the programs were built with MPI; who has that has `mpirun` too.
    static let hasMPI: Bool = {
      #if MPI
        true
      #else
        false
      #endif
    }()

    private static let groups =
      "SET="
      + ["anyorder", "anyorder-long", "distill", "distill-direct", "raster-tuned", "raster-scratch"]
      .map { $0 + ".groups=4" }.joined(separator: " ")

    @Test(.enabled(if: hasMPI, "built without MPI (libopenmpi-dev)"))
    func `a run whose models are trained by several processes has the bytes of one by single processes`()
      throws
    {
      let alone = try Workplace()
      try alone.made("all", "PRESET=smoke", Self.groups)
      let shared = try Workplace()
      try shared.made("all", "PRESET=smoke", "RANKS=2", Self.groups)
      #expect(try shared.results() == alone.results())
      let record = try String(
        contentsOfFile: shared.file("work/smoke/distill/model.run.json"), encoding: .utf8)
      #expect(record.contains("\"processes\": \"2\""), "\(record)")
    }

    @Test(.enabled(if: hasMPI, "built without MPI (libopenmpi-dev)"), arguments: [SIGTERM, SIGKILL])
    func `stopped at any moment and continued by any number of processes, training ends with the same bytes`(
      signal: Int32
    ) throws {
      let place = try SmokeRun.copy()
      try place.settings("RUN=work/long", "SET=anyorder.steps=400 anyorder.groups=4")
      func words(_ out: String) -> [String] {
        [
          Workplace.binaries + "/train-anyorder", "--config", "work/long/config/anyorder.json", "--tokens",
          "work/smoke/tokens", "--out", out + "/model.shard", "--checkpoint-seconds", "0.05", "--threads",
          "1",
        ]
      }
      let whole = try Command.run(words("work/whole"), in: place.path)
      try #require(whole.code == 0, "\(whole.text)")
      var stream = RandomStream(seed: 3, purpose: "ranks.\(signal)")
      var (stops, counts) = (0, Set<Int>())
      for attempt in 0..<100 where !place.exists("work/parts/model.shard") {
        let count = [2, 4, 1][attempt % 3]
        let command = try Command(["pipeline/ranks", "\(count)"] + words("work/parts"), in: place.path)
        if let ended = command.wait(seconds: 0.8 + whole.seconds / 4 * Double(stream.next() % 1000) / 1000) {
          #expect(ended.code == 0, "\(ended.text.suffix(2000))")
          continue
        }
        counts.insert(count)
        stops += 1
        if signal == SIGTERM {
          command.signal(SIGTERM)
        } else {
          // One of the processes, which the launcher ends the others for.
          let last = [
            "pkill", "-KILL", "-n", "-f", "/train-anyorder --config work/long/config/anyorder.json",
          ]
          _ = try Command.run(last, in: place.path)
        }
        let ended = command.wait()
        #expect([0, 75].contains(ended.code), "\(ended.code) \(ended.text.suffix(2000))")
      }
      #expect(stops > 1 && counts.count > 1)
      for name in ["model.shard", "metrics.jsonl"] {
        #expect(try place.bytes("work/parts/" + name) == place.bytes("work/whole/" + name), "\(name)")
      }
    }

    @Test(.enabled(if: hasMPI, "built without MPI (libopenmpi-dev)"))
    func `processes that cannot work together say why, once`() throws {
      let place = try SmokeRun.copy()
      func words(_ config: String) -> [String] {
        [
          Workplace.binaries + "/train-anyorder", "--config", config, "--tokens", "work/smoke/tokens",
          "--out",
          "work/other/model.shard", "--threads", "1",
        ]
      }
      try place.settings("RUN=work/a", "SET=anyorder.groups=2")
      try place.settings("RUN=work/b", "SET=anyorder.groups=2 anyorder.seed=9")
      let (none, a, b) = (
        words("work/smoke/config/anyorder.json"), words("work/a/config/anyorder.json"),
        words("work/b/config/anyorder.json")
      )
      for (count, command, sentence) in [
        ("2", none, "'training.groups' must be at least the 2 processes that share a step"),
        ("4", a, "'training.groups' must be at least the 4 processes that share a step, found 2"),
        ("3", a, "started 3 processes; expected a power of two"),
        ("1", a + [":", "-n", "1"] + b, "Give all the same settings and inputs"),
      ] {
        let result = try Command.run(["pipeline/ranks", count] + command, in: place.path)
        #expect(result.code == 78, "\(sentence): \(result.code) \(result.text)")
        #expect(result.error.components(separatedBy: sentence).count == 2, "\(sentence): \(result.text)")
        #expect(!place.exists("work/other/model.shard"))
      }
    }

    @Test func `processes that nothing connects are refused`() throws {
      let place = try SmokeRun.copy()
      let result = try place.stage(
        "train-anyorder", "--config", "work/smoke/config/anyorder.json", "--tokens", "work/smoke/tokens",
        "--out", "work/other/model.shard",
        environment: ["SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0", "SLURM_JOBID": ""])
      #expect(result.code == 78 && result.error.contains("started 4 processes"), "\(result.text)")
      #expect(!place.exists("work/other"))
    }

    @Test func `a launcher that hangs after its processes are gone is ended, one that works is not`() throws {
      let place = try Workplace()
      for (name, body, code) in [
        ("mpi-hung", "shift 2; \"$@\"; exec sleep 600", 75), ("mpi-slow", "sleep 5 & wait; exit 66", 66),
      ] {
        let launcher = place.file(name)
        try "#!/bin/bash\n\(body)\n".write(toFile: launcher, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: launcher)
        let result = try Command.run(
          ["pipeline/ranks", "2", "true"], in: place.path, environment: ["MPIRUN": launcher, "SILENCE": "2"])
        let isLost = result.error.contains("one of the 2 processes was lost (137)")
        #expect(Int(result.code) == code && isLost == (code == 75), "\(name): \(result.text)")
      }
    }

    @Test func `RANKS is for make's own machine, and needs a launcher`() throws {
      let place = try Workplace()
      let slurm = try place.make("anyorder", "PRESET=smoke", "RANKS=2", "LAUNCHER=slurm")
      #expect(slurm.code == 2 && slurm.error.contains("'processes'"), "\(slurm.text)")
      let missing = try Command.run(
        ["pipeline/ranks", "2", "true"], in: place.path, environment: ["MPIRUN": "no-such-mpirun"])
      #expect(missing.code == 78 && missing.error.contains("no-such-mpirun is not there"), "\(missing.text)")
    }
  }
}
