import Foundation
import TestSupport
import Testing

extension StageTests {
  /// More shards than a command line has room for.
  @Suite struct ManyShardsTests {
    private func names(_ count: Int, of total: Int, _ end: String = ".shard") -> [String] {
      (0..<count).map { "orders-" + String(format: "%05d-of-%05d", $0, total) + end }
    }

    @Test func `5,000 shards are listed, counted, verified, set aside and cleaned away`() throws {
      let place = try Workplace()
      let run = "work/" + String(repeating: "long-name-", count: 20)
      let list = try place.made(
        "-s", "list-orders", "PRESET=smoke", "RUN=" + run, "SET=tokens.train_shards=5000")
      let orders = names(5000, of: 5000)
      #expect(
        list.output.split(separator: "\n").map(String.init)
          == orders.map { run + "/orders/" + $0 } + [run + "/orders-test/orders-00000-of-00001.shard"])

      try place.fill(run + "/orders", orders)
      let status = try place.made("status", "RUN=" + run)
      #expect(status.output.contains("orders                           5000/5000"), "\(status.text)")
      let verified = try place.make("verify", "RUN=" + run)
      #expect(verified.code == 2 && verified.error.contains("Error 65"), "\(verified.error.suffix(300))")
      #expect(verified.error.split(separator: "\n").count { $0.contains("/orders/orders-") } == 5000)

      try place.made("list-orders", "RUN=" + run, "SET=")
      #expect(place.exists(run + "/stale/orders/" + orders[4999]))
      #expect(!place.exists(run + "/orders/" + orders[0]))
      try place.fill(run + "/orders", names(5000, of: 2, ".shard.damaged"))
      try place.made("clean-stale", "RUN=" + run, "FORCE=1")
      #expect(!place.exists(run + "/stale"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: place.file(run + "/orders")).isEmpty)
    }

    @Test func `make finds in seconds that nothing is to do for 20,000 shards`() throws {
      let place = try SmokeRun.copy()
      let run = "work/smoke/"
      // The names alone: make looks at times, and contents are looked at when they changed.
      try place.made("list-orders", "RUN=work/smoke", "SET=tokens.train_shards=10000")
      try place.fill(
        run + "tokens/train", names(10_000, of: 10_000).map { $0.replacing("orders", with: "tokens") })
      try place.fill(run + "orders", names(10_000, of: 10_000))
      // As if each stage had run after the one before it.
      let stages = [
        ["config/*"], ["tokenizer/model.shard"], ["tokens/*/*"], ["anyorder/model.shard"], ["orders*/*"],
        ["*/model.shard"], ["samples/*/*"], ["scores/*"], ["report.html"],
        ["config/.verified", "config/.checked"],
      ]
      let marks = stages.enumerated().map { index, names in
        // Models come before the orders that they make, and again behind those that they learn.
        names.map { "find \(run) -path '\(run)\($0)' -exec touch -d '2020-01-01 00:00:\(10 + index)' {} +" }
          .joined(separator: "\n")
      }
      let first = "touch -d '2020-01-01 00:00:12' \(run)tokenizer/model.shard \(run)anyorder/model.shard"
      let touched = try Command.run(
        ["bash", "-c", marks.joined(separator: "\n") + "\n" + first + "\ntouch \(run)config/.verified"],
        in: place.path)
      #expect(touched.code == 0, "\(touched.text)")
      let made = try place.made("all", "RUN=work/smoke")
      #expect(made.output == "make: Nothing to be done for 'all'.\n", "\(made.output.prefix(2000))")
      #expect(made.seconds < 10, "\(made.seconds) s")
    }

    @Test func `the most shards that are allowed work`() throws {
      let place = try Workplace()
      let set = "SET=tokens.train_shards=16384 tokens.test_shards=16384"
      let list = try place.made("-s", "list-orders", "PRESET=smoke", set)
      #expect(list.output.split(separator: "\n").count == 32768)
      #expect(try place.made("-n", "all", "RUN=work/smoke").output.contains("16383-of-16384"))
      #expect(try place.made("status", "RUN=work/smoke").output.contains("0/32768"))
      #expect(try place.made("verify", "RUN=work/smoke").output.hasPrefix("0 shards verified"))
    }
  }
}
