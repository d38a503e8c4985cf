import Foundation
import TestSupport
import Testing

extension StageTests {
  /// Several makes on one run at once.
  @Suite struct SimultaneousTests {
    @Test func `thirty lists of orders at once all succeed, on a new run and on a finished one`() throws {
      let place = try SmokeRun.copy()
      for run in ["work/new", "work/smoke"] {
        try? place.remove(run + "/config/.verified")
        let commands = try (0..<30).map { index in
          // A dry run now and then.
          let words = index % 10 == 9 ? ["-n"] : []
          return try Command(
            place.makeWords(words + ["-s", "list-orders", "PRESET=smoke", "RUN=" + run]), in: place.path)
        }
        for result in commands.map({ $0.wait() }) {
          #expect(result.code == 0, "\(result.text)")
          #expect(result.output.hasPrefix(run + "/orders/orders-00000-of-00002.shard\n"))
          let waiting = "make: another make prepares \(run); waiting for it"
          #expect(result.error.split(separator: "\n").allSatisfy { $0 == waiting }, "\(result.error)")
        }
        let left = try FileManager.default.contentsOfDirectory(atPath: place.file(run + "/config"))
        #expect(left.filter { $0.hasPrefix(".new") || $0.hasPrefix(".verified.") }.isEmpty, "\(left)")
      }
      #expect(try place.results() == SmokeRun.finished().results)
    }

    @Test func `eight order shards made by name at once`() throws {
      let place = try Workplace()
      let set = "SET=tokens.train_shards=8"
      try place.made("anyorder", "PRESET=smoke", set)
      let list = try place.made("-s", "list-orders", "PRESET=smoke").output.split(separator: "\n").filter {
        $0.contains("/orders/")
      }
      #expect(list.count == 8)
      let commands = try list.map {
        try Command(place.makeWords([String($0)]) + ["PRESET=smoke"], in: place.path)
      }
      for result in commands.map({ $0.wait() }) { #expect(result.code == 0, "\(result.text)") }
      #expect(list.allSatisfy { place.exists(String($0)) })
      #expect(try place.make("verify", "PRESET=smoke").code == 0)
    }

    @Test func `a damaged shard that several makes find at once is set aside once`() throws {
      let place = try SmokeRun.copy()
      let order = "work/smoke/orders/orders-00000-of-00002.shard"
      try place.damage(order)
      let commands = try (0..<6).map { _ in
        try Command(place.makeWords(["list-orders", "PRESET=smoke"]), in: place.path)
      }
      let results = commands.map { $0.wait() }
      for result in results { #expect(result.code == 0, "\(result.text)") }
      #expect(results.count { $0.error.contains("is damaged; it is now") } == 1)
      #expect(place.exists(order + ".damaged") && !place.exists(order))
    }

    @Test func `other settings are refused while a stage of the run is at work`() throws {
      let place = try SmokeRun.copy()
      try place.settings("RUN=work/long", "SET=anyorder.steps=4000")
      let words = [
        Workplace.binaries + "/train-anyorder", "--config", "work/long/config/anyorder.json", "--tokens",
        "work/smoke/tokens", "--out", "work/long/anyorder/model.shard",
      ]
      let stage = try Command(words, in: place.path)
      for _ in 0..<1000 where !place.exists("work/long/anyorder/metrics.csv") { usleep(10_000) }
      let before = try place.bytes("work/long/config/distill.json")
      let other = try place.make("list-orders", "RUN=work/long", "SET=distill.steps=33")
      #expect(other.code == 2)
      #expect(
        other.error.contains("work/long/anyorder is in use by process \(stage.process) (train-anyorder)"),
        "\(other.error)")
      #expect(try place.bytes("work/long/config/distill.json") == before)
      try place.made("list-orders", "RUN=work/long")
      #expect(stage.wait(seconds: 0.05) == nil, "the stage was not disturbed")
      stage.signal(SIGTERM)
      _ = stage.wait()
      try place.made("list-orders", "RUN=work/long", "SET=distill.steps=33")
    }
  }
}
