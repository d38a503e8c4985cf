import Foundation
import TestSupport
import Testing

extension StageTests {
  /// What make hands to Slurm, with programs in Slurm's place that note it.
  @Suite struct SlurmTests {
    private func place() throws -> (Workplace, FakeSlurm) {
      let place = try Workplace()
      try place.fakePrograms()
      return (place, try FakeSlurm(place))
    }

    @Test func `every file of the plan is one task's, and waits for those that it is made from`() throws {
      let (place, slurm) = try place()
      let planned = try place.plan(["all", "PRESET=smoke", "RUN=work/plan"])
        .compactMap { $0.firstMatch(of: #/--out work/plan/([^ ]+)/#).map { String($0.1) } }
      let made = try slurm.make("all", "PRESET=smoke")
      #expect(made.code == 0, "\(made.text)")
      let submissions = try slurm.submissions()
      var makers: [String: (job: Int, task: Int)] = [:]
      var all: [String] = []
      for (index, submission) in submissions.enumerated() {
        #expect(submission.name.hasPrefix("smoke:"))
        let targets = try slurm.targets(submission)
        #expect(targets.keys.sorted() == Array(0..<submission.tasks), "\(submission.name)")
        for (task, files) in targets {
          for file in files { makers[file] = (index + 101, task) }
          all += files
        }
      }
      #expect(all.sorted() == planned.map { "work/smoke/" + $0 }.sorted())

      // What a command names among the planned files, it waits for, or for what waits for it.
      var awaitedBy: [Int: Set<Int>] = [:]
      for (index, submission) in submissions.enumerated() {
        let text = try String(contentsOfFile: place.file(submission.file), encoding: .utf8)
        let named = Set(text.split(whereSeparator: { " \t\n".contains($0) }).map(String.init))
          .compactMap { makers[$0]?.job }
          .filter { $0 != index + 101 }
        let direct = submission.after.compactMap { Int($0.split(separator: ":")[1]) }
        let awaited = direct.reduce(into: Set(direct)) { $0.formUnion(awaitedBy[$1] ?? []) }
        awaitedBy[index + 101] = awaited
        #expect(Set(named).isSubset(of: awaited), "\(submission.name) waits for \(submission.after)")
        #expect(awaited.allSatisfy { $0 < index + 101 })
        #expect(
          submission.words.contains("--requeue") && submission.words.contains("--kill-on-invalid-dep=yes")
            && submission.words.contains("--signal=B:USR1@120"))
      }
      let log = try String(contentsOfFile: place.file("work/smoke/jobs/submitted"), encoding: .utf8)
      #expect(log.split(separator: "\n").count == submissions.count)
      #expect(!place.exists("work/smoke/jobs/submitting"))
      // Commands are told how many cores the job was given.
      let first = try String(contentsOfFile: place.file(submissions[0].file), encoding: .utf8)
      #expect(first.contains("--threads ${SLURM_CPUS_PER_TASK}"))
    }

    @Test func `what jobs make already is left to them, and only what is missing is submitted`() throws {
      let (place, slurm) = try place()
      #expect(try slurm.make("all", "PRESET=smoke").code == 0)
      let first = try slurm.submissions()
      try place.remove("sbatch.calls")
      try slurm.queue(first)
      let again = try slurm.make("all", "RUN=work/smoke")
      #expect(again.code == 0 && again.output.contains("jobs make all that is missing"), "\(again.text)")
      #expect(try slurm.submissions().isEmpty)

      // All that is left in the queue are the encoders; what comes behind waits for them by their job.
      try slurm.queue(Array(first.prefix(2)), "RUNNING")
      let rest = try slurm.make("all", "RUN=work/smoke")
      #expect(rest.code == 0, "\(rest.text)")
      let second = try slurm.submissions()
      #expect(second.map(\.name) == first.dropFirst(2).map(\.name))
      #expect(second[0].after == ["afterok:102"], "\(second[0].after)")
      // Files of tasks stay as long as a job works on them.
      #expect(place.exists(first[0].file) && !place.exists(first[5].file))
    }

    @Test func `a refusal in the middle keeps and names what was submitted`() throws {
      let (place, slurm) = try place()
      try slurm.refuse(3, "sbatch: error: Batch job submission failed: Invalid partition name specified")
      let refused = try slurm.make("all", "PRESET=smoke")
      #expect(refused.code == 2 && refused.error.contains("Error 78"), "\(refused.text)")
      #expect(
        refused.error.contains("Invalid partition name") && refused.error.contains("tokenize-fit (101)")
          && refused.error.contains("tokenize-encode (102)"))
      let submitted = try slurm.submissions()
      #expect(submitted.count == 3)
      #expect(!place.exists(submitted[2].file) && !place.exists("work/smoke/jobs/submitting"))

      try slurm.queue(Array(submitted.prefix(2)))
      try place.remove("sbatch.calls")
      try place.remove("sbatch.answers")
      #expect(try slurm.make("all", "RUN=work/smoke").code == 0)
      #expect(try slurm.submissions().first?.name == submitted[2].name)
    }

    @Test(arguments: [
      "QOSMaxSubmitJobPerUserLimit", "Job violates accounting/QOS policy (job submit limit, user's size)",
    ]) func `a limit of jobs ends with 75, for the same command later`(sentence: String) throws {
      let (_, slurm) = try place()
      try slurm.refuse(2, "sbatch: error: " + sentence)
      let full = try slurm.make("all", "PRESET=smoke")
      #expect(
        full.code == 2 && full.error.contains("Error 75") && full.error.contains(sentence), "\(full.text)")
    }

    @Test func `a controller that did not answer is not given the same job twice`() throws {
      let (_, slurm) = try place()
      try slurm.refuse(
        2, "sbatch: error: Batch job submission failed: Socket timed out on send/recv", taken: true)
      try slurm.refuse(4, "sbatch: error: Unable to contact slurm controller (connect failure)")
      let made = try slurm.make("all", "PRESET=smoke")
      #expect(made.code == 0, "\(made.text)")
      let names = try slurm.submissions().map(\.name)
      // The second was taken all the same, the fourth was not and is given again.
      #expect(names.count { $0 == names[1] } == 1)
      #expect(names[3] == names[4] && Set(names).count == names.count - 1)
      #expect(try slurm.submissions()[2].after.contains("afterok:2"), "the job that was taken is waited for")
    }

    @Test func `a controller that never answers ends with 75, and nothing is changed`() throws {
      let (place, slurm) = try place()
      try place.write("squeue.answer", "slurm_load_jobs error: Unable to contact slurm controller\n")
      let busy = try slurm.make("all", "PRESET=smoke")
      #expect(
        busy.code == 2 && busy.error.contains("Error 75") && busy.error.contains("did not answer"),
        "\(busy.text)")
      #expect(try slurm.submissions().isEmpty && !place.exists("work/smoke/jobs/submitting"))
    }

    @Test func `other settings while jobs are under way are refused`() throws {
      let (_, slurm) = try place()
      #expect(try slurm.make("all", "PRESET=smoke").code == 0)
      try slurm.queue(try slurm.submissions())
      let refused = try slurm.make("all", "RUN=work/smoke", "SET=distill.steps=7")
      #expect(refused.code == 2 && refused.error.contains("Error 75"), "\(refused.text)")
      #expect(refused.error.contains("distill.json now has") || refused.error.contains("other settings"))
    }

    @Test func `two that submit at once are one`() throws {
      let (place, slurm) = try place()
      #expect(try slurm.make("-s", "list-orders", "PRESET=smoke").code == 0)
      try place.write("work/smoke/jobs/submitting/who", "process 1 of elsewhere, since yesterday,")
      let refused = try slurm.make("all", "RUN=work/smoke")
      #expect(refused.code == 2 && refused.error.contains("process 1 of elsewhere"), "\(refused.text)")
      #expect(try slurm.submissions().isEmpty && place.exists("work/smoke/jobs/submitting/who"))
    }

    @Test func `a dry run says what would be submitted, and changes nothing`() throws {
      let (place, slurm) = try place()
      let before = try place.snapshot()
      let dry = try slurm.make("-n", "all", "PRESET=smoke", "RUN=work/dry")
      #expect(dry.code == 0 && dry.output.contains("distill: 4 files, 4 tasks"), "\(dry.text)")
      let after = try place.snapshot().filter { !$0.key.hasPrefix("work") && $0.key != "calls" }
      #expect(after == before && !place.exists("work/dry/jobs"))
      #expect(try slurm.submissions().isEmpty)
    }

    @Test func `many shards are few tasks, and arrays no longer than they may be`() throws {
      let (place, slurm) = try place()
      let set = "SET=tokens.train_shards=5000"
      try place.write(
        "site.json",
        #"{"tasks": 5000, "array": 300, "shard_cores": 2, "stages": {"distill": {"cores": 32, "time": "3-00"}}}"#
      )
      let made = try slurm.make("orders", "PRESET=smoke", set, "SITE=site.json")
      #expect(made.code == 0, "\(made.text)")
      for submission in try slurm.submissions()
      where submission.name.hasSuffix("encode") || submission.name.hasSuffix("orders") {
        let targets = try slurm.targets(submission)
        #expect(
          targets.values.reduce(0) { $0 + $1.count } == 5001 && submission.tasks <= 300, "\(submission.name)")
        #expect(submission.words.contains("--cpus-per-task=2"))
      }
      try place.remove("sbatch.calls")
      #expect(try slurm.make("distill", "PRESET=smoke", "RUN=work/other", "SITE=site.json").code == 0)
      let distill = try #require(try slurm.submissions().first { $0.name.hasSuffix("distill") })
      #expect(distill.words.contains("--cpus-per-task=32") && distill.words.contains("--time=3-00"))
    }

    @Test(arguments: [
      (#"{"partitoin": "x"}"#, "unknown key \"partitoin\""),
      (#"{"cores": 0}"#, "\"cores\" must be a whole number above 0"),
      (
        #"{"stages": {"distill": {"gpu": 1}}}"#,
        "\"stages.distill\" may have cores, memory, time, processes and nodes"
      ),
      ("[", "SITE=site.json"),
    ]) func `a site's file that is wrong is refused in one sentence`(text: String, sentence: String) throws {
      let (place, slurm) = try place()
      try place.write("site.json", text)
      let refused = try slurm.make("all", "PRESET=smoke", "SITE=site.json")
      #expect(
        refused.code == 2 && refused.error.contains("Error 78") && refused.error.contains(sentence),
        "\(refused.text)")
      #expect(try slurm.submissions().isEmpty)
    }

    @Test func `trainings that are compared are submitted first, and compared when none is under way`() throws
    {
      let (place, slurm) = try place()
      let submitted = try slurm.make("replicate", "PRESET=smoke", "SEEDS=1 2")
      #expect(submitted.code == 0, "\(submitted.text)")
      let names = Set(try slurm.submissions().map { $0.name.split(separator: ":")[0] })
      #expect(names == ["smoke-seed-1", "smoke-seed-2"])
      try slurm.queue(try slurm.submissions())
      _ = place.calls()
      let early = try slurm.make("replicate", "PRESET=smoke", "SEEDS=1 2")
      #expect(
        early.code == 0 && early.output.contains("jobs of work/smoke-seed-1 work/smoke-seed-2 are under way"),
        "\(early.text)")
      #expect(!place.calls().contains { $0.hasPrefix("score replicates") })
      for goal in ["table-4", "paper-scale"] {
        let refused = try slurm.make(goal)
        #expect(
          refused.code == 2 && refused.error.contains("\(goal) looks at runs that it makes"),
          "\(refused.text)")
      }
    }

    @Test func `models are trained by several processes on several nodes, where a site says so`() throws {
      let (place, slurm) = try place()
      try place.write("site.json", #"{"stages": {"distill": {"processes": 4, "nodes": 2, "cores": 3}}}"#)
      #expect(try slurm.make("all", "PRESET=smoke", "SITE=site.json").code == 0)
      for one in try slurm.submissions() {
        let shared = one.name.hasPrefix("smoke:distill")
        let tasks = try String(contentsOfFile: place.file(one.file), encoding: .utf8).split(separator: "\n")
        #expect(one.words.contains(shared ? "--ntasks=4" : "--ntasks=1"), "\(one.words)")
        #expect(one.words.contains(shared ? "--nodes=2" : "--nodes=1"))
        #expect(one.words.contains("--ntasks-per-node=\(shared ? 2 : 1)"))
        #expect(!shared || one.words.contains("--cpus-per-task=3"))
        #expect(tasks.allSatisfy { $0.contains("\tpipeline/ranks 4 fake/") == shared }, "\(tasks)")
      }
      for (text, sentence) in [
        (#"{"stages": {"sample": {"processes": 2}}}"#, "train-anyorder and distill alone are shared"),
        (#"{"stages": {"distill": {"processes": 3, "nodes": 2}}}"#, "must be a multiple of its nodes"),
        (#"{"stages": {"distill": {"processes": 0}}}"#, "must be a whole number above 0"),
      ] {
        try place.write("site.json", text)
        let refused = try slurm.make("all", "PRESET=smoke", "RUN=work/other", "SITE=site.json")
        #expect(refused.code == 2 && refused.error.contains(sentence), "\(refused.text)")
      }
    }

    @Test func `a preset says what its stages ask for, and a site has the last word`() throws {
      let (place, slurm) = try place()
      try place.write(
        "big.json",
        #"{"extends": "smoke", "cluster": {"distill": {"cores": 4, "memory": "9G"}, "sample": {"cores": 3}}}"#
      )
      try place.write("site.json", #"{"stages": {"distill": {"cores": 6}}}"#)
      #expect(try slurm.make("all", "PRESET=big.json", "RUN=work/big", "SITE=site.json").code == 0)
      let words = try slurm.submissions().reduce(into: [:]) { $0[$1.name] = $1.words }
      #expect(try #require(words["big:distill"]).contains("--cpus-per-task=6"))
      #expect(try #require(words["big:distill"]).contains("--mem=9G"))
      #expect(try #require(words["big:sample-2"]).contains("--cpus-per-task=3"))
      try place.write("big.json", #"{"extends": "smoke", "cluster": {"distill": {"gpus": 4}}}"#)
      let refused = try slurm.make("all", "PRESET=big.json", "RUN=work/other")
      #expect(
        refused.error.contains("'cluster'") && refused.error.contains("cores, memory, time"),
        "\(refused.text)")
    }

    @Test func `a task that needs only the task of its number waits for that alone`() throws {
      let place = try Workplace()
      func after(_ per: String) throws -> String {
        let lines = (0..<4).flatMap { part in
          ["a", "b"].map { name in
            let end = "-0000\(part)-of-00004.shard"
            let from = name == "a" ? "x" : "a" + end
            return
              "job: \(name + end) from: \(from) run: bin/\(name == "a" ? "tokenize encode" : "extract-orders") --out \(name + end)"
          }
        }
        try place.write("plan", lines.joined(separator: "\n"))
        try place.write("active", "{}")
        let result = try Command.run(
          [
            "bash", "-c",
            "jq -n -R -r --argjson strict true --slurpfile active active --argjson per '\(per)' -f pipeline/slurm/plan.jq plan"
              + " | jq -r '.[1].after | map(.how + \" \" + .group) | join(\",\")'",
          ], in: place.path)
        #expect(result.code == 0, "\(result.text)")
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
      }
      #expect(try after("{}") == "aftercorr tokenize-encode")
      #expect(try after(#"{"tokenize-encode": 2, "extract-orders": 2}"#) == "aftercorr tokenize-encode")
      // Tasks of other sizes are other tasks.
      #expect(try after(#"{"tokenize-encode": 2}"#) == "afterok tokenize-encode")
      #expect(try after(#"{"extract-orders": 4}"#) == "afterok tokenize-encode")
    }
  }
}
