import Foundation
import TestSupport
import Testing

private let goals = [
  ["list-orders"], ["all"], ["verify"], ["status"], ["clean-stale", "FORCE=1"], ["clean-samples", "FORCE=1"],
]

extension StageTests {
  /// Folders that make must not take for a run's: nothing in them may be renamed, deleted or written.
  @Suite struct RunFolderTests {
    /// Three runs with a damaged shard each, and one that belongs to the project.
    private func place() throws -> Workplace {
      let place = try SmokeRun.copy()
      try FileManager.default.createDirectory(
        atPath: place.file("work/below"), withIntermediateDirectories: true)
      for run in ["work/other", "work/below/deep"] {
        try FileManager.default.copyItem(atPath: place.file("work/smoke"), toPath: place.file(run))
      }
      for run in ["work/smoke", "work/other", "work/below/deep"] {
        try place.damage(run + "/distill/model.shard")
      }
      try place.fill("fixtures", ["bad.shard", ".bad.shard.tmp.1"])
      try place.fill("work/other/stale/orders", ["orders-00000-of-00009.shard"])
      return place
    }

    @Test(arguments: [
      "work", "work/", "./work//", "work/below", ".", "./", "..", "/", "", "work/smoke/..", "pipeline",
      "fixtures", "data",
      "Makefile",
    ])
    func `a folder that holds runs, the project or other files is refused and nothing in it changes`(
      run: String
    )
      throws
    {
      let place = try place()
      let before = try place.snapshot()
      for goal in goals {
        let result = try Command.run(place.makeWords(goal + ["PRESET=smoke", "RUN=" + run]), in: place.path)
        #expect(result.code == 2, "\(goal): \(result.text)")
        #expect(result.error.split(separator: "\n").count == 1, "\(goal): \(result.error)")
        #expect(result.error.contains("RUN"), "\(goal): \(result.error)")
      }
      #expect(try place.snapshot() == before)
    }

    @Test func `the project's own folder is refused by its full path and by a link as well`() throws {
      let place = try place()
      try FileManager.default.createSymbolicLink(
        atPath: place.file("link"), withDestinationPath: place.path)
      let before = try place.snapshot()
      for run in [place.path, "link", "link/work"] {
        for goal in goals {
          let result = try Command.run(
            place.makeWords(goal + ["PRESET=smoke", "RUN=" + run]), in: place.path)
          #expect(result.code == 2, "\(goal): \(result.text)")
        }
      }
      #expect(try place.snapshot() == before)
    }

    @Test func `a run inside of another one is refused`() throws {
      let place = try SmokeRun.copy()
      let result = try place.make("list-orders", "PRESET=smoke", "RUN=work/smoke/inner")
      #expect(result.code == 2)
      #expect(result.error.contains("lies inside the run"), "\(result.error)")
      #expect(!place.exists("work/smoke/inner"))
    }

    @Test func `only folders of stages are looked into, and links to other runs' are not followed`() throws {
      let place = try SmokeRun.copy()
      try FileManager.default.copyItem(atPath: place.file("work/smoke"), toPath: place.file("work/other"))
      let order = "orders/orders-00000-of-00002.shard"
      try place.damage("work/other/" + order)
      try place.remove("work/smoke/orders")
      try FileManager.default.createSymbolicLink(
        atPath: place.file("work/smoke/orders"), withDestinationPath: place.file("work/other/orders"))
      try place.fill("work/smoke/mine", ["kept.shard", "kept.shard.damaged"])
      try place.made("list-orders", "RUN=work/smoke")
      try place.made("clean-stale", "RUN=work/smoke", "FORCE=1")
      #expect(place.exists("work/other/" + order))
      #expect(place.exists("work/smoke/mine/kept.shard"))
      #expect(place.exists("work/smoke/mine/kept.shard.damaged"))
    }

    @Test(arguments: ["flipped", "cut"])
    func `a score whose bytes are not those that were written is set aside and made again`(how: String) throws
    {
      let place = try SmokeRun.copy()
      let expected = try place.results()
      let score = "work/smoke/scores/distill-greedy.json"
      if how == "cut" {
        try Data(place.bytes(score).prefix(300)).write(to: URL(filePath: place.file(score)))
      } else {
        // Another number, and JSON as before.
        let text = String(decoding: try place.bytes(score), as: UTF8.self)
        let changed = text.replacing(#/"mean": 0\.(\d)/#, maxReplacements: 1) { "\"mean\": 1.\($0.1)" }
        #expect(changed != text)
        try place.write(score, changed)
      }
      let verified = try place.make("verify", "RUN=work/smoke")
      #expect(
        verified.code == 2 && verified.error.contains("\(score) is not what was written"), "\(verified.text)")
      let made = try place.made("all", "RUN=work/smoke")
      #expect(made.error.contains("\(score) is not what was written; it is now \(score).damaged"))
      #expect(try place.results().filter { !$0.key.hasSuffix(".damaged") } == expected)
      try place.made("verify", "RUN=work/smoke")
    }

    @Test func `what settings no longer use is deleted, and nothing else`() throws {
      let place = try SmokeRun.copy()
      let results = try place.results()
      try place.fill("work/smoke/samples/gone", ["samples-00000-of-00002.shard"])
      try place.fill(
        "work/smoke/orders", ["orders-00000-of-00009.shard", "orders-00000-of-00002.shard.damaged"])
      try place.fill("work/smoke/stale/orders", ["orders-00001-of-00007.shard"])
      try place.made("clean-stale", "RUN=work/smoke", "FORCE=1")
      #expect(try place.results() == results)
      #expect(!place.exists("work/smoke/samples/gone/samples-00000-of-00002.shard"))
      #expect(!place.exists("work/smoke/orders/orders-00000-of-00002.shard.damaged"))
      #expect(!place.exists("work/smoke/stale"))
    }
  }
}
