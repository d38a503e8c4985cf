import Inspection
import Shards
import TestSupport
import Testing

@Suite struct ShardDifferenceTests {
  private static func orders(_ orders: [UInt16], confidence: Float = 0.5, model: String = "m") -> OrderTable {
    OrderTable(
      sampleIDs: [3, 5], orders: orders, confidences: [Float](repeating: confidence, count: orders.count),
      gridHeight: 1, gridWidth: 3, tokensContentID: "t", modelContentID: model)
  }

  private func difference(
    _ first: OrderTable, _ second: OrderTable, seeds: (UInt64, UInt64) = (1, 1), tolerance: Double = 0
  ) throws -> ShardDifference {
    let folder = try TemporaryFolder()
    func write(_ table: OrderTable, _ name: String, seed: UInt64) throws -> String {
      let provenance = Provenance(
        stage: "extract-orders", algorithm: 1, configID: "c", seed: seed, inputs: [])
      _ = try table.write(to: folder.file(name), shard: 0, of: 1, provenance: provenance)
      return folder.file(name)
    }
    return try ShardDifference(
      write(first, "a.shard", seed: seeds.0), write(second, "b.shard", seed: seeds.1), tolerance: tolerance)
  }

  private let plain = Self.orders([0, 1, 2, 2, 1, 0])

  @Test func `equal shards differ in nothing, and another seed alone is no difference of results`() throws {
    let same = try difference(plain, plain)
    #expect(!same.counts && same.text.isEmpty && same.records == 2)
    let origin = try difference(plain, plain, seeds: (1, 2))
    #expect(!origin.counts && !origin.text.isEmpty && origin.differentRecords.isEmpty)
  }

  @Test func `the record whose order changed is named`() throws {
    let found = try difference(plain, Self.orders([0, 1, 2, 1, 2, 0]))
    #expect(found.counts && found.differentRecords == [1])
  }

  @Test func `confidences within the tolerance are equal`() throws {
    let near = Self.orders([0, 1, 2, 2, 1, 0], confidence: 0.501)
    #expect(try !difference(plain, near, tolerance: 0.01).counts)
    #expect(try difference(plain, near, tolerance: 0.0001).differentRecords == [0, 1])
  }

  @Test func `another model is another meaning`() throws {
    #expect(try difference(plain, Self.orders([0, 1, 2, 2, 1, 0], model: "n")).counts)
  }

  @Test func `numbers are told as ranges, ten at most`() {
    #expect(ShardDifference.ranges([0, 1, 2, 3, 7, 9, 10]) == "0-3, 7, 9-10")
    #expect(ShardDifference.ranges([]) == "")
    #expect(ShardDifference.ranges((0..<11).map { 2 * $0 }) == "0, 2, 4, 6, 8, 10, 12, 14, 16, 18, …")
  }
}
