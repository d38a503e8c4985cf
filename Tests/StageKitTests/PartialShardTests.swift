import Foundation
import Shards
import StageKit
import TestSupport
import Testing

/// What is kept of a shard that is being made, and what becomes of it.
@Suite struct PartialShardTests {
  private static let input = Provenance.Input(role: "tokens", name: "t.shard", contentID: "ab")

  private func provenance(seed: UInt64 = 3, config: String = "c1") -> Provenance {
    Provenance(stage: "test", algorithm: 1, configID: config, seed: seed, inputs: [Self.input])
  }

  /// Orders of images; those of an interrupted run begin elsewhere.
  private func orders(_ ids: Range<UInt64>, isOld: Bool = false) -> OrderTable {
    OrderTable(
      sampleIDs: Array(ids), orders: ids.flatMap { _ in (isOld ? [1, 0] : [0, 1]) as [UInt16] },
      confidences: ids.flatMap { _ in [0.5, 1] as [Float] }, gridHeight: 1, gridWidth: 2,
      tokensContentID: "ab", modelContentID: "cd")
  }

  /// Makes the orders of 10 images in batches of 4 behind what is kept, and returns them.
  private func make(_ path: String, part: ShardPart?, _ options: String...) throws -> OrderTable {
    try runStage("test", StageOptions.parse(options + ["--quiet"])) { stage in
      var shard = try PartialShard(
        of: path, part: part, provenance: provenance(), nothing: orders(0..<0), stage: stage)
      let done = try shard.resume(of: 10, unit: "images") { $0.sampleIDs == Array(0..<UInt64($0.count)) }
      for start in stride(from: UInt64(done), to: 10, by: 4) {
        try shard.add(orders(start..<min(start + 4, 10)))
      }
      #expect(shard.count == 10)
      let contentID = try shard.finish()
      #expect(try ShardHeader.read(path).contentID == contentID)
    }
    return try OrderTable(reading: path)
  }

  @Test func `what is kept is continued if it is of this shard`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.shard")
    let part = ShardPart(index: 1, count: 2)
    func leave(_ table: OrderTable, index: Int = 1, of count: Int = 2, _ provenance: Provenance? = nil) throws
    {
      try table.write(
        to: path + ".partial", shard: index, of: count, provenance: provenance ?? self.provenance())
    }
    var continued = orders(0..<4, isOld: true)
    continued.sampleIDs += 4..<10
    continued.orders += orders(4..<10).orders
    continued.confidences += orders(4..<10).confidences
    #expect(try make(path, part: part) == orders(0..<10))
    #expect(folder.names == ["a.shard"])
    try leave(orders(0..<4, isOld: true))
    #expect(try make(path, part: part) == continued)
    #expect(folder.names == ["a.shard"], "what was kept is gone")
    try leave(orders(0..<4, isOld: true))
    #expect(try make(path, part: part, "--force") == orders(0..<10))
    #expect(folder.names == ["a.shard"])
    for (what, index, count, other) in [
      ("another part", 0, 2, provenance()), ("another split", 1, 3, provenance()),
      ("another seed", 1, 2, provenance(seed: 4)), ("other settings", 1, 2, provenance(config: "c2")),
    ] {
      try leave(orders(0..<4, isOld: true), index: index, of: count, other)
      #expect(try make(path, part: part) == orders(0..<10), "\(what)")
    }
    var others = orders(0..<4, isOld: true)
    others.modelContentID = "ef"
    try leave(others)
    #expect(try make(path, part: part) == orders(0..<10), "other facts")
    try leave(orders(1..<5, isOld: true))
    #expect(try make(path, part: part) == orders(0..<10), "other images")
    // Without a part it is a single file.
    try leave(orders(0..<4, isOld: true), index: 0, of: 1)
    #expect(try make(path, part: nil) == continued)
  }

  @Test func `what a killed process left is deleted once the shard is up to date`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("orders-00001-of-00002.shard")
    try orders(0..<10).write(to: path, shard: 1, of: 2, provenance: provenance())
    struct Begun: Error {}
    func mustMake(_ part: ShardPart?, _ options: String...) throws -> Bool {
      var result = false
      try runStage("test", StageOptions.parse(options + ["--quiet"])) { stage in
        let origin = stage.provenance(algorithm: 1, configID: "c1", inputs: [Self.input])
        do { try stage.make(path, origin, part: part) { throw Begun() } } catch is Begun { result = true }
      }
      return result
    }
    func leave(stage: String) throws {
      var other = provenance()
      other.stage = stage
      try orders(0..<4).write(to: path + ".partial", shard: 1, of: 2, provenance: other)
    }
    try leave(stage: "test")
    #expect(try !mustMake(ShardPart(index: 1, count: 2), "--dry-run"))
    #expect(folder.names.count == 2, "a dry run leaves it")
    #expect(try mustMake(ShardPart(index: 0, count: 2)), "another part is not up to date")
    #expect(folder.names.count == 2, "it may be continued")
    #expect(try !mustMake(ShardPart(index: 1, count: 2)))
    #expect(folder.names == ["orders-00001-of-00002.shard"])
    try leave(stage: "another")
    #expect(try !mustMake(nil))
    #expect(folder.names.count == 2, "what another stage made stays")
  }
}
