import Foundation
import Shards
import TestSupport
import Testing

/// A shard that grows by batches has the bytes of the one that is written at once.
@Suite struct GatheredShardTests {
  /// Samples of which the pixels alone are more than is kept in memory.
  private func samples(_ records: Range<Int>) -> SampleTable {
    let side = 192
    return SampleTable(
      sampleIDs: records.map { UInt64($0) }, labels: records.map { UInt32($0 % 2) },
      tokens: records.flatMap { [UInt16($0), 1, 2, 3] },
      orders: records.flatMap { _ in [3, 1, 0, 2] as [UInt16] },
      confidences: records.flatMap { [Float($0) / 100, 0.25, 0.5, 1] },
      images: records.flatMap { record in
        (0..<side * side * 3).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761 &+ record) >> 7) }
      }, imageHeight: side, imageWidth: side, imageChannels: 3, gridHeight: 2, gridWidth: 2,
      classNames: ["a", "b"], arm: "arm", seed: 3)
  }

  @Test(arguments: [[20], [1, 19], [7, 0, 7, 6], [Int](repeating: 1, count: 20)])
  func `batches of any size give the bytes of one table`(sizes: [Int]) throws {
    let folder = try TemporaryFolder()
    let whole = samples(0..<20)
    let id = try whole.write(
      to: folder.file("whole.shard"), shard: 1, of: 3, provenance: Examples.provenance)
    let gathered = GatheredShard(from: samples(0..<0), for: folder.file("gathered.shard"))
    var start = 0
    for size in sizes {
      try gathered.append(samples(start..<start + size))
      start += size
    }
    #expect(gathered.count == 20)
    let path = folder.file("gathered.shard")
    #expect(try gathered.write(to: path, shard: 1, of: 3, provenance: Examples.provenance) == id)
    #expect(try bytes(of: path) == bytes(of: folder.file("whole.shard")))
    #expect(folder.names == ["gathered.shard", "whole.shard"], "nothing else was left")
  }

  @Test func `what is there can be written on the way, and more may follow`() throws {
    let folder = try TemporaryFolder()
    let gathered = GatheredShard(from: samples(0..<0), for: folder.file("a.shard"))
    func write(_ name: String) throws {
      _ = try gathered.write(to: folder.file(name), shard: 0, of: 1, provenance: Examples.provenance)
    }
    try write("nothing.shard")
    #expect(try SampleTable(reading: folder.file("nothing.shard")) == samples(0..<0))
    try gathered.append(samples(0..<15))
    try write("part.shard")
    #expect(try SampleTable(reading: folder.file("part.shard")) == samples(0..<15))
    try gathered.append(samples(15..<16))
    try write("a.shard")
    #expect(try SampleTable(reading: folder.file("a.shard")) == samples(0..<16))
  }

  @Test func `what a reader would refuse is not written`() throws {
    let folder = try TemporaryFolder()
    let gathered = GatheredShard(from: samples(0..<0), for: folder.file("a.shard"))
    var bad = samples(0..<2)
    bad.confidences[5] = .nan
    let error = #expect(throws: ShardError.self) { try gathered.append(bad) }
    #expect(error?.exitCode == 70)
    #expect(error?.description.contains("nan in record 1 at step 1") == true)
    try gathered.append(samples(0..<2))
    try gathered.append(samples(1..<3))
    let again = #expect(throws: ShardError.self) {
      try gathered.write(to: folder.file("a.shard"), shard: 0, of: 1, provenance: Examples.provenance)
    }
    #expect(again?.exitCode == 70)
    #expect(again?.description.contains("1 a second time in record 2") == true)
    let name = #expect(throws: ShardError.self) {
      try GatheredShard(from: samples(0..<0), for: "").write(
        to: folder.file("samples-00001-of-00002.shard"), shard: 0, of: 2, provenance: Examples.provenance)
    }
    #expect(name?.description.contains("expected part 00001-of-00002 as its name says") == true)
    #expect(folder.names.isEmpty)
  }
}
