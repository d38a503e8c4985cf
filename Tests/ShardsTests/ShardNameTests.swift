import Files
import Foundation
import Shards
import TestSupport
import Testing

@Suite struct ShardNameTests {
  @Test func `names have five digits and say the count`() throws {
    #expect(ShardName.file(.orders, index: 3, count: 8) == "orders-00003-of-00008.shard")
    let parsed = try #require(ShardName.parse("any-order-00003-of-00008.shard"))
    #expect(parsed.prefix == "any-order" && parsed.part == ShardPart(index: 3, count: 8))
    for bad in [
      "orders-3-of-8.shard", "orders-00008-of-00008.shard", "orders-00003-of-00008", "00003-of-00008.shard",
      "orders-0000a-of-00008.shard", "orders-+0003-of-00008.shard", ".orders-00003-of-00008.shard.tmp.12",
    ] { #expect(ShardName.parse(bad) == nil, "\(bad)") }
    #expect(ShardPart("00003-of-00008")?.description == "00003-of-00008")
  }

  @Test func `parts cover all records once, in order`() throws {
    for (records, count) in [(0, 3), (1, 3), (10, 3), (10_000, 8), (7, 7), (5, 8)] {
      var next = 0
      for index in 0..<count {
        let range = try #require(ShardPart(index: index, count: count)).range(ofRecords: records)
        #expect(range.lowerBound == next)
        for record in range { #expect(record * count / records == index) }
        next = range.upperBound
      }
      #expect(next == records)
    }
  }

  @Test func `a folder is listed by the names that must be there`() throws {
    let folder = try TemporaryFolder()
    for index in [0, 1] { try write([], to: folder.file(ShardName.file(.orders, index: index, count: 2))) }
    try write([], to: folder.file("orders-00000-of-00003.shard.run.json"))
    let expected = (0..<2).map { folder.file("orders-0000\($0)-of-00002.shard") }
    #expect(try ShardName.list(folder.path, kind: .orders) == expected)
    #expect(throws: FileError.missing(path: folder.file("orders-00002-of-00003.shard"))) {
      try write([], to: folder.file("orders-00000-of-00003.shard"))
      try write([], to: folder.file("orders-00001-of-00003.shard"))
      return try ShardName.list(folder.path, kind: .orders, count: 3)
    }
    #expect(try ShardName.list(folder.path, kind: .orders, count: 2) == expected)
    #expect(ShardName.strays(folder.path, prefix: "orders", count: 3) == expected)
    #expect(throws: ShardError.self) { try ShardName.list(folder.path, kind: .orders) }
    #expect(throws: FileError.self) { try ShardName.list(folder.path, kind: .tokens) }
    #expect(throws: FileError.self) { try ShardName.list(folder.file("none"), kind: .tokens) }
  }

  @Test func `a folder that cannot be listed is not an empty one`() throws {
    let folder = try TemporaryFolder()
    try write([], to: folder.file("file"))
    #expect(throws: FileError.io(path: folder.file("file"), operation: "list", code: ENOTDIR)) {
      try ShardName.list(folder.file("file"), kind: .tokens)
    }
    #expect(throws: FileError.missing(path: folder.file("none") + "/tokens-00000-of-?????.shard")) {
      try ShardName.list(folder.file("none"), kind: .tokens)
    }
  }
}
