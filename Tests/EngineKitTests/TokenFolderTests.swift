import EngineKit
import Models
import Shards
import TestSupport
import Testing

/// Two token shards of unequal lengths, and their orders.
struct TokenRun {
  let folder: TemporaryFolder
  static let provenance = Provenance(stage: "test", algorithm: 1, configID: "c", seed: 0)

  static func tokens(
    _ ids: [UInt64], labels: [UInt32], codebook: String = "book", height: Int = 2, width: Int = 3
  ) -> TokenTable {
    TokenTable(
      sampleIDs: ids, labels: labels,
      tokens: ids.flatMap { id in (0..<height * width).map { UInt16((Int(id) * 5 + $0) % 16) } },
      gridHeight: height, gridWidth: width, codebookSize: 16, codebook: codebook,
      classNames: ["a", "b", "c"],
      split: "train")
  }

  static func orders(_ ids: [UInt64], of contentID: String, model: String = "model") -> OrderTable {
    OrderTable(
      sampleIDs: ids, orders: ids.flatMap { id in (0..<6).map { UInt16(($0 + Int(id)) % 6) } },
      confidences: [Float](repeating: 0.5, count: 6 * ids.count), gridHeight: 2, gridWidth: 3,
      tokensContentID: contentID, modelContentID: model)
  }

  /// Writes the token shards and returns their content ids.
  init() throws { folder = try TemporaryFolder() }

  func write(_ tables: [any ShardTable], _ name: String) throws -> [String] {
    try tables.enumerated().map { index, table in
      try table.write(
        to: folder.file("\(name)-0000\(index)-of-0000\(tables.count).shard"), shard: index, of: tables.count,
        provenance: Self.provenance)
    }
  }
}

private let first = TokenRun.tokens([4, 9, 2], labels: [2, 0, 1])
private let second = TokenRun.tokens([7, 1], labels: [1, 2])

@Test func `token shards are joined record by record`() throws {
  let run = try TokenRun()
  let ids = try run.write([first, second], "tokens")
  let tokens = try TokenFolder(run.folder.path, role: "tokens", split: "train")
  #expect(tokens.data.sampleIDs == [4, 9, 2, 7, 1])
  #expect(tokens.data.labels == [2, 0, 1, 1, 2])
  #expect(tokens.data.tokens == first.tokens + second.tokens)
  #expect(tokens.counts == [3, 2])
  #expect(tokens.contentIDs == ids)
  #expect((tokens.gridHeight, tokens.gridWidth) == (2, 3))
}

@Test func `token shards of two codebooks are refused`() throws {
  let run = try TokenRun()
  _ = try run.write([first, TokenRun.tokens([7, 1], labels: [1, 2], codebook: "other")], "tokens")
  #expect(throws: ShardError.self) { try TokenFolder(run.folder.path, role: "tokens", split: "train") }
}

@Test func `orders are joined in the sequence of their tokens`() throws {
  let run = try TokenRun()
  let ids = try run.write([first, second], "tokens")
  let orders = [
    TokenRun.orders(first.sampleIDs, of: ids[0]), TokenRun.orders(second.sampleIDs, of: ids[1]),
  ]
  _ = try run.write(orders, "orders")
  let joined = try TokenFolder(run.folder.path, role: "tokens", split: "train").withOrders(run.folder.path)
  #expect(joined.data.orders == orders[0].orders + orders[1].orders)
  #expect(joined.data.order(of: 3) == [1, 2, 3, 4, 5, 0])
  #expect(joined.model == "model")
}

@Test func `orders of some images keep their places, and those out of sequence are refused`() throws {
  func ordered(_ some: [UInt64]) throws -> OrderedImages {
    let run = try TokenRun()
    let ids = try run.write([first, second], "tokens")
    _ = try run.write([TokenRun.orders(some, of: ids[0]), TokenRun.orders([1], of: ids[1])], "orders")
    return try TokenFolder(run.folder.path, role: "tokens", split: "train").ordered(
      by: run.folder.path, role: "orders")
  }
  let found = try ordered([4, 2])
  #expect(found.images == [0, 2, 4])
  #expect(found.orders == [4, 5, 0, 1, 2, 3, 2, 3, 4, 5, 0, 1, 1, 2, 3, 4, 5, 0])
  #expect(try ordered([2]).images == [2, 4] && ordered([]).images == [4])
  for wrong: [UInt64] in [[2, 4], [4, 4], [8], [7], [4, 2, 9]] {
    #expect(throws: ShardError.self) { try ordered(wrong) }
  }
}

@Test func `orders of other tokens are refused`() throws {
  let run = try TokenRun()
  let ids = try run.write([first, second], "tokens")
  _ = try run.write(
    [TokenRun.orders(first.sampleIDs, of: ids[0]), TokenRun.orders(second.sampleIDs, of: ids[0])], "orders")
  let tokens = try TokenFolder(run.folder.path, role: "tokens", split: "train")
  #expect(throws: ShardError.self) { try tokens.withOrders(run.folder.path) }
}

@Test func `fewer shards of orders than of tokens are refused`() throws {
  let run = try TokenRun()
  let ids = try run.write([first, second], "tokens")
  _ = try run.write([TokenRun.orders(first.sampleIDs, of: ids[0])], "orders")
  let tokens = try TokenFolder(run.folder.path, role: "tokens", split: "train")
  #expect(throws: ShardError.self) { try tokens.withOrders(run.folder.path) }
}
