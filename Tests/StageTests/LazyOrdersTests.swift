import Files
import Foundation
import Shards
import TestSupport
import Testing

extension StageTests {
  /// Lazy extraction as users ask for it: two settings of the preset, and two commands that judge them.
  @Suite struct LazyOrdersTests {
    private static let order = "work/smoke/orders/orders-00001-of-00002.shard"
    private static let token = "work/smoke/tokens/train/tokens-00001-of-00002.shard"
    private static let model = "work/smoke/anyorder/model.shard"

    @Test func `a lazy run makes orders that say so, verify, and agree with themselves`() throws {
      let place = try SmokeRun.copy()
      let exact = try OrderTable.read(place.file(Self.order))
      #expect(exact.table.lazy == nil)
      try place.made(
        "distill", "FROM=work/smoke", "RUN=work/lazy", "ORDERS_DIR=work/lazy/orders",
        "SET=orders.refresh=4 orders.candidates=3")
      let lazy = try OrderTable.read(place.file("work/lazy/orders/orders-00001-of-00002.shard"))
      #expect(lazy.table.lazy == .init(refresh: 4, candidates: 3))
      #expect(lazy.header.provenance.configID != exact.header.provenance.configID)
      #expect(place.exists("work/lazy/distill/model.shard"))
      let result = try place.stage(
        "shard", "agreement", "work/smoke/orders", "work/lazy/orders", "--tokens", "work/smoke/tokens/train",
        "--model", Self.model, "--json")
      #expect(result.code == 0, "\(result.text)")
      let json = try JSONValue(parsing: result.output)
      #expect(json["images"]?.int == 2 * exact.table.count)
      #expect(json["bits_per_token"]?["difference"] != nil)
    }

    @Test func `settings that ask everything give exact orders and do not call them lazy`() throws {
      let place = try SmokeRun.copy()
      let exact = try OrderTable.read(place.file(Self.order))
      let made = try place.made(
        "work/all/orders/orders-00001-of-00002.shard", "FROM=work/smoke", "RUN=work/all",
        "ORDERS_DIR=work/all/orders", "SET=orders.refresh=1 orders.candidates=1", "OPTIONS=--verify")
      #expect(!made.error.contains("approximate"))
      let found = try OrderTable.read(place.file("work/all/orders/orders-00001-of-00002.shard"))
      #expect(found.table == exact.table && found.header.contentID == exact.header.contentID)
    }

    @Test func `a trial times settings and compares them with the exact method`() throws {
      let place = try SmokeRun.copy()
      let words = [
        "trial", "--model", Self.model, "--tokens", Self.token, "--images", "12", "--batch", "8",
        "--repetitions", "1", "--lazy", "4:3", "--lazy", "1:1",
      ]
      func trial(_ more: String...) throws -> Command.Result {
        try Command.run([Workplace.binaries + "/shard"] + words + more, in: place.path)
      }
      let rows = try JSONValue(parsing: try trial("--json").output).array ?? []
      #expect(rows.map { $0["refresh"]?.int } == [0, 4, 1] && rows.allSatisfy { $0["images"]?.int == 12 })
      #expect(rows[0]["equal_orders"]?.int == 12 && rows[2]["equal_orders"]?.int == 12)
      #expect(rows[2]["same_next_step"]?.double == 1)
      let lines = try trial().output.split(separator: "\n")
      #expect(lines.count == 5 && lines[0].hasPrefix("| refresh |") && lines[3].hasPrefix("| 4 | 3 |"))
      #expect(try trial("--lazy", "8").code == 64 && trial("--lazy", "0:4").code == 64)
    }
  }
}
