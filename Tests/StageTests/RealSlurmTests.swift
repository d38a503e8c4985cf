import Foundation
import TestSupport
import Testing

extension StageTests {
  /// Runs by a Slurm that is started for them. Where none can be, they are left out with a sentence.
  @Suite(
    .enabled(
      if: TrialCluster.isPossible,
      "no Slurm can be started here: 'pipeline/slurm/trial start FOLDER' says why"))
  struct RealSlurmTests {
    @Test func `a run by Slurm gives the bytes of one without`() throws {
      let cluster = try TrialCluster()
      defer { cluster.stop() }
      let made = try cluster.make("all", "PRESET=smoke", "WAIT=1").wait()
      #expect(made.code == 0, "\(made.text.suffix(4000))")
      #expect(try cluster.place.results() == SmokeRun.finished().results)
      let status = try cluster.make("status", "RUN=work/smoke").wait()
      #expect(
        status.output.contains(#/distill +4 +4 +0 +0 +0 +0 +\d+/#),
        "all four models are done: \(status.output)")
      let again = try cluster.make("all", "RUN=work/smoke", "WAIT=1").wait()
      #expect(again.code == 0 && again.output.contains("nothing to submit"), "\(again.text)")
    }

    @Test func `a node that dies costs its jobs' work since the last checkpoint, and nothing else`() throws {
      let cluster = try TrialCluster()
      defer { cluster.stop() }
      let run = try cluster.make("all", "PRESET=smoke", "WAIT=1", "SET=anyorder.steps=400 distill.steps=120")
      // While models are trained.
      while cluster.jobs(running: "train-anyorder").isEmpty { usleep(100_000) }
      usleep(500_000)
      let busy = try #require(cluster.jobs(running: "train-anyorder").first)
      try cluster.trial("kill", busy.node)
      // Until the controller notices.
      while cluster.state(of: busy.node) != "down*" { usleep(200_000) }
      try cluster.trial("revive", busy.node)
      let made = try #require(cluster.end(of: run))
      #expect(made.code == 0, "\(made.text.suffix(4000))")
      let plain = try Workplace()
      try plain.made("all", "PRESET=smoke", "SET=anyorder.steps=400 distill.steps=120")
      #expect(try cluster.place.results() == plain.results())
    }

    @Test(.enabled(if: RanksStageTests.hasMPI, "built without MPI (libopenmpi-dev)"))
    func
      `a model trained on two hosts has the bytes of one process, though one is cut off and a process dies`()
      throws
    {
      // With a network of their own each, where such can be made here.
      let cluster = try TrialCluster(hosts: TrialCluster.canHaveHosts)
      defer { cluster.stop() }
      try cluster.place.write(
        "two.json",
        #"{"memory": "500M", "cores": 1, "stages": {"train-anyorder": {"processes": 2, "nodes": 2}}}"#)
      let settings = "SET=anyorder.groups=4 anyorder.steps=1500 anyorder.validate_every=1500"
      let run = try cluster.make("anyorder", "PRESET=smoke", "WAIT=1", "SITE=two.json", settings)
      let isRunning = (0..<600).contains { _ in
        usleep(100_000)
        return !cluster.jobs(running: "train-anyorder").isEmpty
      }
      try #require(isRunning)
      sleep(2)
      if TrialCluster.canHaveHosts {
        try cluster.trial("cut", "two")
        sleep(3)
        try cluster.trial("mend", "two")
        sleep(1)
      }
      let last = ["pkill", "-KILL", "-n", "-f", "/train-anyorder --config work/smoke/config/anyorder.json"]
      #expect(try Command.run(last, in: cluster.place.path).code == 0)
      let made = try #require(cluster.end(of: run))
      #expect(made.code == 0, "\(made.text.suffix(4000))")
      let record = try String(
        contentsOfFile: cluster.place.file("work/smoke/anyorder/model.run.json"), encoding: .utf8)
      #expect(record.contains("\"processes\": \"2\""), "\(record)")
      let plain = try Workplace()
      try plain.made("anyorder", "PRESET=smoke", settings)
      #expect(try cluster.place.results() == plain.results())
    }

    @Test func `before the end of its time a job is stopped and goes into the queue again`() throws {
      let cluster = try TrialCluster()
      defer { cluster.stop() }
      let run = try cluster.make(
        "anyorder", "PRESET=smoke", "WAIT=1", "SET=anyorder.steps=1500 anyorder.validate_every=1500")
      var job: TrialCluster.Job?
      while job == nil {
        job = cluster.jobs(running: "train-anyorder").first
        usleep(100_000)
      }
      sleep(1)
      // As Slurm does at --signal=B:USR1@….
      let id = try #require(job?.id)
      _ = try cluster.slurm("scancel", "--signal=USR1", "--batch", id)
      let made = try #require(cluster.end(of: run))
      #expect(made.code == 0, "\(made.text.suffix(4000))")
      let logs = try Command.run(
        ["bash", "-c", "cat work/smoke/jobs/logs/*train-anyorder*"], in: cluster.place.path)
      #expect(logs.output.contains("goes into the queue again"), "\(logs.output)")
      #expect(logs.output.contains("Continuing") || logs.output.contains("resum"), "\(logs.output)")
      let plain = try Workplace()
      try plain.made("anyorder", "PRESET=smoke", "SET=anyorder.steps=1500 anyorder.validate_every=1500")
      #expect(try cluster.place.results()["anyorder/model.shard"] == plain.results()["anyorder/model.shard"])
    }

    @Test func `a failed stage is named with its log, and what waited for it is submitted later`() throws {
      let cluster = try TrialCluster()
      defer { cluster.stop() }
      try cluster.place.settings()
      // No folder can be made where a file is.
      try cluster.place.write("work/smoke/tokenizer", "")
      let failed = try cluster.make("all", "RUN=work/smoke", "WAIT=1").wait()
      #expect(
        failed.code == 2
          && failed.output.contains("work/smoke/tokenizer/model.shard failed with exit code 74"),
        "\(failed.text)")
      let log = try #require(failed.output.firstMatch(of: #/exit code 74: ([^\s]+)/#)?.1)
      #expect(
        try String(contentsOfFile: cluster.place.file(String(log)), encoding: .utf8).contains("exit code 74"))
      try cluster.place.remove("work/smoke/tokenizer")
      let mended = try cluster.make("all", "RUN=work/smoke", "WAIT=1").wait()
      #expect(mended.code == 0, "\(mended.text.suffix(4000))")
      #expect(try cluster.place.results() == SmokeRun.finished().results)
    }

    @Test func `a partition that is none is refused, and cancelled jobs are submitted again`() throws {
      let cluster = try TrialCluster()
      defer { cluster.stop() }
      try cluster.place.write("other.json", #"{"partition": "nowhere", "memory": "500M"}"#)
      let refused = try cluster.make("all", "PRESET=smoke", "SITE=other.json").wait()
      #expect(
        refused.code == 2 && refused.error.contains("Error 78") && refused.error.contains("artition"),
        "\(refused.text)")
      #expect(try cluster.make("tokens", "RUN=work/smoke").wait().code == 0)
      let cancelled = try cluster.make("cancel", "RUN=work/smoke").wait()
      #expect(cancelled.code == 0, "\(cancelled.text)")
      let made = try cluster.make("tokens", "RUN=work/smoke", "WAIT=1").wait()
      #expect(
        made.code == 0 && cluster.place.exists("work/smoke/tokens/test/tokens-00000-of-00001.shard"),
        "\(made.text)")
    }
  }
}

/// A Slurm of two nodes in a workplace (`pipeline/slurm/trial`).
struct TrialCluster {
  let place: Workplace

  struct Job {
    let id: String
    let node: String
  }

  /// Whether one can be started here at all.
  static let isPossible = starts()
  /// Whether its nodes can have host names and networks of their own.
  static let canHaveHosts = starts("hosts")

  private static func starts(_ how: String...) -> Bool {
    guard getuid() == 0, let folder = try? TemporaryFolder() else { return false }
    func trial(_ request: String, _ more: [String] = []) -> Bool {
      let words = [Workplace.project + "/pipeline/slurm/trial", request, folder.file("cluster")] + more
      return (try? Command.run(words, in: folder.path))?.code == 0
    }
    defer { _ = trial("stop") }
    return trial("start", how)
  }

  init(hosts: Bool = false) throws {
    place = try Workplace()
    try place.write("site.json", #"{"memory": "500M", "cores": 1, "time": "01:00:00"}"#)
    let words = ["pipeline/slurm/trial", "start", place.file("cluster")] + (hosts ? ["hosts"] : [])
    let started = try Command.run(words, in: place.path)
    try #require(started.code == 0, "\(started.text)")
  }

  func stop() { try? trial("stop") }

  /// `pipeline/slurm/trial` with this cluster.
  func trial(_ request: String, _ node: String...) throws {
    let result = try Command.run(
      ["pipeline/slurm/trial", request, place.file("cluster")] + node, in: place.path)
    try #require(result.code == 0, "\(result.text)")
  }

  private var environment: [String: String] {
    [
      "SLURM_CONF": place.file("cluster/slurm.conf"), "ORDEREDAR_PATIENCE": "1 2 4", "ORDEREDAR_POLL": "1",
      "ORDEREDAR_LOCK_PAUSE": "1",
    ]
  }

  /// Starts make with this cluster.
  func make(_ arguments: String...) throws -> Command {
    try Command(
      place.makeWords(
        [
          "LAUNCHER=slurm",
          "SITE=" + (arguments.first { $0.hasPrefix("SITE=") }?.dropFirst(5).description ?? "site.json"),
        ]
          + arguments.filter { !$0.hasPrefix("SITE=") }),
      in: place.path, environment: environment)
  }

  /// Asks one of Slurm's programs.
  func slurm(_ words: String...) throws -> String {
    try Command.run(words, in: place.path, environment: environment).output
  }

  /// The running jobs of a stage.
  func jobs(running stage: String) -> [Job] {
    let text = (try? slurm("squeue", "--noheader", "--states=RUNNING", "--format=%A %N %j")) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      return words.count == 3 && words[2].hasSuffix(":" + stage) ? Job(id: words[0], node: words[1]) : nil
    }
  }

  func state(of node: String) -> String {
    ((try? slurm("sinfo", "--noheader", "--nodes=" + node, "--format=%t")) ?? "")
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Waits ten minutes at most for a run. Jobs that were put into the queue again would wait for two of them, and begin at once here.
  func end(of run: Command) -> Command.Result? {
    for _ in 0..<600 {
      hurry()
      if let ended = run.wait(seconds: 1) { return ended }
    }
    return nil
  }

  /// Lets jobs that wait for a time begin now.
  private func hurry() {
    let text = (try? slurm("squeue", "--noheader", "--states=PENDING", "--format=%A %r")) ?? ""
    for line in text.split(separator: "\n") where line.hasSuffix("BeginTime") {
      _ = try? slurm("scontrol", "update", "JobId=\(line.split(separator: " ")[0])", "StartTime=now")
    }
  }
}
