import Foundation
import Shards
import TestSupport
import Testing

private let order0 = "orders/orders-00000-of-00002.shard"
private let token1 = "tokens/train/tokens-00001-of-00002.shard"

extension StageTests {
  /// The whole workflow under make. Each test gets its own folder; the suite is serial because every run uses
  /// all cores.
  @Suite struct MakeTests {
    @Test func `the smoke preset makes every result of the workflow`() throws {
      let run = try SmokeRun.finished()
      for name in [
        "tokenizer/model.shard", "tokens/test/tokens-00000-of-00001.shard", token1, order0,
        "anyorder/model.shard",
        "distill/model.shard", "distill-direct/model.shard", "anyorder-long/model.shard",
        "raster-tuned/model.shard",
        "raster-scratch/model.shard", "samples/distill-teacher/samples-00001-of-00002.shard",
        "scores/distill-greedy.json", "scores/likelihood-distill.json",
      ] {
        #expect(run.results[name] != nil, "\(name)")
      }
    }

    @Test func `making again does nothing`() throws {
      let place = try SmokeRun.copy()
      for _ in 0..<2 {
        #expect(try place.made("all", "PRESET=smoke").output == "make: Nothing to be done for 'all'.\n")
      }
    }

    @Test func `binaries built anew make nothing anew`() throws {
      let place = try SmokeRun.copy()
      let copied = try Command.run(["cp", "-rL", "--", Workplace.binaries, "bin2"], in: place.path)
      try #require(copied.code == 0)
      let again = try Command.run(["make", "all", "PRESET=smoke", "BIN=bin2"], in: place.path)
      #expect(again.output == "make: Nothing to be done for 'all'.\n", "\(again.error)")
    }

    @Test func `two jobs at once give the same results as one`() throws {
      let place = try Workplace()
      try place.made("all", "PRESET=smoke", "-j2")
      #expect(try place.results() == SmokeRun.finished().results)
    }

    @Test func `a changed setting makes only what depends on it, and the old one gives the old results`()
      throws
    {
      let place = try SmokeRun.copy()
      let before = try SmokeRun.finished().results
      try place.made("all", "PRESET=smoke", "SET=distill.steps=21")
      let changed = try place.results()
      let names = Set(changed.filter { before[$0.key] != $0.value }.keys)
      #expect(!names.isEmpty)
      #expect(
        names.allSatisfy {
          $0.hasPrefix("distill/") || $0.hasPrefix("samples/distill-") || $0.hasPrefix("scores/")
        },
        "\(names.sorted())")
      #expect(!names.contains { $0.contains("distill-direct") || $0.contains("raster") }, "\(names.sorted())")

      let again = try place.made("all", "RUN=work/smoke")
      #expect(
        again.output == "make: Nothing to be done for 'all'.\n", "the run remembers preset and settings")
      try place.made("all", "RUN=work/smoke", "SET=")
      #expect(try place.results() == before)
    }

    @Test func `another number of shards makes tokens and orders anew and sets the old ones aside`() throws {
      let place = try SmokeRun.copy()
      try place.made("orders", "PRESET=smoke", "SET=tokens.train_shards=3")
      let orders = try FileManager.default.contentsOfDirectory(atPath: place.file("work/smoke/orders"))
        .filter { $0.hasSuffix(".shard") }.sorted()
      #expect(orders == (0..<3).map { "orders-0000\($0)-of-00003.shard" })
      #expect(place.exists("work/smoke/stale/" + order0))
    }

    @Test func `a dry run shows what a setting would cost and changes nothing`() throws {
      let place = try SmokeRun.copy()
      let dry = try place.made("-n", "all", "PRESET=smoke", "SET=distill.steps=21")
      #expect(dry.output.contains("distill --config"))
      #expect(!dry.output.contains("extract-orders"))
      let again = try place.made("all", "PRESET=smoke")
      #expect(again.output == "make: Nothing to be done for 'all'.\n")
    }

    @Test func `wrong times alone compute nothing`() throws {
      let place = try SmokeRun.copy()
      let touched = try Command.run(["touch", "work/smoke/tokenizer/model.shard"], in: place.path)
      try #require(touched.code == 0)
      let result = try place.made("samples", "PRESET=smoke")
      #expect(!result.error.contains("wrote"), "\(result.error)")
      #expect(result.error.contains("is unchanged"))
    }

    @Test(arguments: [
      order0, token1, "anyorder/model.shard", "samples/distill-greedy/samples-00000-of-00002.shard",
    ])
    func `a deleted file is made again`(name: String) throws {
      let place = try SmokeRun.copy()
      try place.remove("work/smoke/" + name)
      try place.made("all", "PRESET=smoke")
      #expect(try place.results() == SmokeRun.finished().results)
    }

    @Test(arguments: [order0, token1, "distill/model.shard"])
    func `a damaged shard is named by verify and healed by the next make`(name: String) throws {
      let place = try SmokeRun.copy()
      try place.damage("work/smoke/" + name)
      let verified = try place.make("verify", "PRESET=smoke")
      #expect(verified.code == 2)
      #expect(verified.error.contains("work/smoke/" + name))
      let healed = try place.made("all", "PRESET=smoke")
      #expect(healed.error.contains("work/smoke/\(name) is damaged"))
      #expect(try place.results() == SmokeRun.finished().results)
      #expect(try place.make("verify", "PRESET=smoke").code == 0)
    }

    @Test func `status shows every stage with the content ids of what is there`() throws {
      let place = try SmokeRun.copy()
      let status = try place.made("status", "PRESET=smoke").output
      let model = try #require(try SmokeRun.finished().results["distill/model.shard"])
      #expect(status.contains(model.prefix(12)))
      #expect(status.contains("15/15"))
    }

    @Test func `one order shard can be made by name`() throws {
      let place = try SmokeRun.copy()
      try place.remove("work/smoke/" + order0)
      let list = try place.made("-s", "list-orders", "PRESET=smoke").output.split(separator: "\n").map(
        String.init)
      #expect(
        list == [
          "work/smoke/" + order0, "work/smoke/orders/orders-00001-of-00002.shard",
          "work/smoke/orders-test/orders-00000-of-00001.shard",
        ])
      try place.made(list[0], "PRESET=smoke")
      #expect(
        try ShardHeader.read(place.file("work/smoke/" + order0)).contentID
          == SmokeRun.finished().results[order0])
    }

    @Test func `cleaning asks, and deletes one stage when forced`() throws {
      let place = try SmokeRun.copy()
      let asked = try Command.run(
        ["setsid", "-w"] + place.makeWords(["clean-samples", "PRESET=smoke"]), in: place.path)
      #expect(asked.code == 2)
      #expect(asked.error.contains("FORCE=1"))
      #expect(place.exists("work/smoke/samples"))
      try place.made("clean-samples", "PRESET=smoke", "FORCE=1")
      #expect(!place.exists("work/smoke/samples"))
      #expect(place.exists("work/smoke/distill/model.shard"))
    }
  }
}
