import Foundation
import TestSupport
import Testing

extension StageTests {
  /// Several shards by one process.
  @Suite struct ShardRangeStageTests {
    private func label(_ place: Workplace, _ more: [String]) throws -> Command.Result {
      let run = "work/smoke"
      return try Command.run(
        [
          Workplace.binaries + "/extract-orders", "--config", run + "/config/orders.json", "--model",
          run + "/anyorder/model.shard", "--tokens", run + "/tokens/train", "--out", run + "/new",
        ] + more, in: place.path)
    }

    @Test func `a range gives the bytes of a process for each shard, and goes on where it was`() throws {
      let place = try SmokeRun.copy()
      let expected = try SmokeRun.finished().results
      let first = try label(place, ["--shards", "1/2"])
      #expect(first.code == 0 && !place.exists("work/smoke/new/orders-00000-of-00002.shard"), "\(first.text)")
      let both = try label(place, ["--shards", "0-1/2"])
      #expect(both.code == 0, "\(both.text)")
      #expect(both.error.contains("wrote work/smoke/new/orders-00000-of-00002.shard"))
      #expect(both.error.contains("orders-00001-of-00002.shard is unchanged"))
      let made = try place.results()
      for part in ["00000", "00001"] {
        let name = "/orders-\(part)-of-00002.shard"
        #expect(try place.bytes("work/smoke/new" + name) == place.bytes("work/smoke/orders" + name))
        #expect(made["new" + name] == expected["orders" + name])
        #expect(place.exists("work/smoke/new/orders-\(part)-of-00002.run.json"))
      }
    }

    /// A run with more shards than one process makes in a moment.
    private func manyShards() throws -> (Workplace, words: [String], expected: [String: String]) {
      let place = try SmokeRun.copy()
      try place.made(
        "orders", "PRESET=smoke", "RUN=work/many",
        "SET=tokens.train_shards=8 anyorder.steps=4 anyorder.warmup=2")
      let expected = try place.results("work/many").filter { $0.key.hasPrefix("orders/") }
      #expect(expected.count == 8)
      let words = [
        Workplace.binaries + "/extract-orders", "--config", "work/many/config/orders.json", "--model",
        "work/many/anyorder/model.shard", "--tokens", "work/many/tokens/train", "--out", "work/many/new",
        "--threads", "1", "--shards", "0-7/8", "--claim", "--lease-seconds", "1",
      ]
      return (place, words, expected)
    }

    @Test func `processes that claim share the shards, and each is made once`() throws {
      let (place, words, expected) = try manyShards()
      let commands = try (0..<4).map { _ in try Command(words, in: place.path) }
      let ended = commands.map { $0.wait() }
      #expect(ended.allSatisfy { $0.code == 0 }, "\(ended.map(\.text))")
      let wrote = ended.flatMap { $0.error.split(separator: "\n").filter { $0.contains("wrote ") } }
      #expect(wrote.count == 8)
      try expectNew(place, expected)
    }

    @Test func `what a killed process had claimed is made by the living`() throws {
      let (place, words, expected) = try manyShards()
      // A claim of a node that is gone.
      try FileManager.default.createDirectory(
        atPath: place.file("work/many/new"), withIntermediateDirectories: true)
      try Data("process 1 on gone (0)\n000000000000\n".utf8).write(
        to: URL(filePath: place.file("work/many/new/orders-00003-of-00008.shard.claim-0")))
      let killed = try Command(words, in: place.path)
      _ = killed.wait(seconds: 0.3)
      killed.signalGroup(SIGKILL)
      _ = killed.wait()
      let ended = try (0..<2).map { _ in try Command(words, in: place.path) }.map { $0.wait() }
      #expect(ended.allSatisfy { $0.code == 0 }, "\(ended.map(\.text))")
      #expect(ended.contains { $0.error.contains("process 1 on gone (0) has shown no life for 1.0 s") })
      try expectNew(place, expected)
    }

    /// That the orders of `expected` are in `new`, and nothing else.
    private func expectNew(_ place: Workplace, _ expected: [String: String]) throws {
      let made = try place.results("work/many").filter { $0.key.hasPrefix("new/") }
      #expect(made.count == expected.count)
      for (name, id) in expected { #expect(made["new/" + name.dropFirst(7)] == id, "\(name)") }
      let names = try FileManager.default.contentsOfDirectory(atPath: place.file("work/many/new"))
      #expect(!names.contains { $0.contains("claim") }, "\(names)")
    }

    @Test func `samples are drawn by processes that claim too`() throws {
      let place = try SmokeRun.copy()
      let words = [
        Workplace.binaries + "/sample", "--config", "work/smoke/config/samples-distill-greedy.json",
        "--model",
        "work/smoke/distill/model.shard", "--tokenizer", "work/smoke/tokenizer/model.shard", "--out",
        "work/new", "--shards", "0-1/2", "--claim",
      ]
      let ended = try (0..<2).map { _ in try Command(words, in: place.path) }.map { $0.wait() }
      #expect(ended.allSatisfy { $0.code == 0 }, "\(ended.map(\.text))")
      for part in ["00000", "00001"] {
        let name = "/samples-\(part)-of-00002.shard"
        #expect(
          try place.bytes("work/new" + name) == place.bytes("work/smoke/samples/distill-greedy" + name))
      }
      for (more, sentence) in [
        (["--png", "p"], "--png is for one shard"),
        (["--shard", "00000-of-00002"], "takes the place of --shard"),
      ] {
        let refused = try Command.run(words + more, in: place.path)
        #expect(refused.code == 64 && refused.error.contains(sentence), "\(refused.text)")
      }
    }

    @Test func `what is wrong with a range is said before its later shards are made`() throws {
      let place = try SmokeRun.copy()
      try place.expectRefusal(
        [
          "extract-orders", "--config", "work/smoke/config/orders.json", "--model",
          "work/smoke/anyorder/model.shard", "--tokens", "work/smoke/tokens/train", "--shards", "2/2",
        ], 64, "such as 17/1024")
      try place.remove("work/smoke/tokens/train/tokens-00001-of-00002.shard")
      let missing = try label(place, ["--shards", "0-1/2"])
      #expect(missing.code == 66 && missing.error.contains("tokens-00001-of-00002.shard"), "\(missing.text)")
      #expect(place.exists("work/smoke/new/orders-00000-of-00002.shard"))
    }
  }
}
