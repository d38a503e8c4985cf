import Foundation
import TestSupport
import Testing

extension StageTests {
  /// One task of a job array, run by hand as Slurm would.
  @Suite struct SlurmTaskTests {
    private func place(_ lines: [(task: Int, target: String, command: String)]) throws -> Workplace {
      let place = try Workplace()
      _ = try FakeSlurm(place)
      try place.write(
        "run/jobs/x-stage.tasks",
        lines.map { "\($0.task)\t\($0.target)\t\($0.command)\n" }.joined())
      try place.write("run/jobs/submitted", "2026-01-01 00:00:00 job 10 x-stage: 1 tasks, 1 files\n")
      for folder in ["logs", "failed"] {
        try FileManager.default.createDirectory(
          atPath: place.file("run/jobs/" + folder), withIntermediateDirectories: true)
      }
      return place
    }

    private func start(_ place: Workplace, _ task: Int, _ environment: [String: String] = [:]) throws
      -> Command
    {
      let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
      return try Command(
        ["pipeline/slurm/task", "run/jobs/x-stage.tasks"], in: place.path,
        environment: [
          "PATH": place.file("slurm-fake") + ":" + path, "SLURM_ARRAY_TASK_ID": "\(task)",
          "SLURM_JOB_ID": "17",
          "SLURM_ARRAY_JOB_ID": "10", "SLURM_CPUS_PER_TASK": "3", "ORDEREDAR_LOCK_PAUSE": "0",
        ].merging(environment) { _, new in new })
    }

    @Test func `a task makes its own files, and leaves those that are there`() throws {
      let place = try place([
        (0, "a", "touch a"), (1, "b", "cp /dev/null b-${SLURM_CPUS_PER_TASK}"), (1, "c", "touch c"),
        (1, "old", "touch old-made"),
      ])
      try place.write("c", "made before")
      try place.write("old", "of last year")
      let touched = try Command.run(
        ["bash", "-c", "touch -d '1 year ago' old; touch -d '1 minute' c"], in: place.path)
      #expect(touched.code == 0)
      let done = try start(place, 1).wait()
      #expect(done.code == 0, "\(done.text)")
      // Cores are those that the job was given, and what is older than the submission is made anew.
      #expect(place.exists("b-3") && place.exists("old-made") && !place.exists("a"))
      #expect(done.output.contains("c is there") && !place.exists("run/jobs/failed/x-stage.1"))
    }

    @Test func `a stage that fails ends its task, with a note of the code and the log`() throws {
      let place = try place([(4, "a", "bash -c 'exit 65'"), (4, "b", "touch b")])
      let failed = try start(place, 4).wait()
      #expect(failed.code == 65 && !place.exists("b"))
      let note = try String(contentsOfFile: place.file("run/jobs/failed/x-stage.4"), encoding: .utf8)
      #expect(note == "65\ta\trun/jobs/logs/x-stage-10_4.log\n")
      let table = try Command.run(
        ["env", "PATH=\(place.file("slurm-fake")):/usr/bin:/bin", "pipeline/slurm/jobs", "run"],
        in: place.path)
      #expect(
        table.code == 1 && table.output.contains("a failed with exit code 65: run/jobs/logs/x-stage-10_4.log")
      )
      // Mended, the note goes.
      try place.write("run/jobs/x-stage.tasks", "4\ta\ttouch a\n")
      #expect(try start(place, 4).wait().code == 0)
      #expect(!place.exists("run/jobs/failed/x-stage.4"))
    }

    @Test func `a stage that another process holds is tried again`() throws {
      let place = try place([
        (0, "a", "bash -c 'echo >>tries; [ $(wc -l <tries) -ge 3 ] && touch a || exit 75'")
      ])
      let done = try start(place, 0).wait()
      #expect(done.code == 0 && place.exists("a"), "\(done.text)")
      #expect(try place.bytes("tries").count == 3)
      #expect(!place.exists("scontrol.calls"))
      let never = try self.place([(0, "a", "bash -c 'exit 75'")])
      #expect(try start(never, 0, ["ORDEREDAR_LOCK_WAITS": "2"]).wait().code == 75)
    }

    @Test func `at the end of its time a stage is stopped, and the job goes into the queue again`() throws {
      let stage =
        "bash -c 'trap \"touch checkpoint; exit 75\" TERM; touch begun; while :; do sleep 0.05; done'"
      let place = try place([(2, "a", stage), (2, "b", "touch b")])
      let task = try start(place, 2)
      while !place.exists("begun") { usleep(10_000) }
      task.signal(SIGUSR1)
      while !place.exists("scontrol.calls") { usleep(10_000) }
      #expect(place.exists("checkpoint") && !place.exists("b"))
      #expect(try String(contentsOfFile: place.file("scontrol.calls"), encoding: .utf8) == "requeue 17\n")
      // It stays until Slurm ends it, so that it does not count as failed.
      #expect(task.wait(seconds: 0.3) == nil)
      task.signalGroup(SIGKILL)
      #expect(!place.exists("run/jobs/failed/x-stage.2"))
      // Started too often, it ends.
      try place.remove("scontrol.calls")
      try place.remove("begun")
      let last = try start(place, 2, ["SLURM_RESTART_COUNT": "5", "ORDEREDAR_RESTARTS": "5"])
      while !place.exists("begun") { usleep(10_000) }
      last.signal(SIGUSR1)
      let ended = last.wait()
      #expect(
        ended.code == 75 && ended.output.contains("ask for more time") && !place.exists("scontrol.calls"),
        "\(ended.text)")
      #expect(place.exists("run/jobs/failed/x-stage.2"))
      // Cancelled, it ends as well, and nothing is queued again.
      try place.remove("run/jobs/failed/x-stage.2")
      try place.remove("begun")
      try place.remove("checkpoint")
      let cancelled = try start(place, 2)
      while !place.exists("begun") { usleep(10_000) }
      cancelled.signal(SIGTERM)
      #expect(cancelled.wait().code == 75 && place.exists("checkpoint") && !place.exists("scontrol.calls"))
      #expect(!place.exists("run/jobs/failed/x-stage.2"))
    }
  }
}
