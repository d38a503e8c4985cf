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
