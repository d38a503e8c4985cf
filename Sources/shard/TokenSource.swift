import Inspection
import Shards

/// The token shards that orders were made from: a file, or a folder of them.
final class TokenSource {
  private let path: String
  private var files: [String: String]?

  init(_ path: String) { self.path = path }

  /// The token shard that the orders of a file belong to, and where it lies.
  /// - Throws: `ShardError.mismatch` naming the orders' file when there is none.
  func table(of orders: OrderTable, path ordersPath: String) throws -> (path: String, table: TokenTable) {
    let files = try contents()
    guard let file = files[orders.tokensContentID] else {
      throw ShardError.mismatch(
        path: ordersPath, expected: "orders of one of the token shards in \(path)",
        found: "orders of \(short(orders.tokensContentID))")
    }
    let table = try TokenTable(reading: file)
    guard table.sampleIDs == orders.sampleIDs, table.gridHeight == orders.gridHeight,
      table.gridWidth == orders.gridWidth
    else {
      throw ShardError.mismatch(
        path: ordersPath, expected: "the samples and grid of \(file)", found: "others")
    }
    return (file, table)
  }

  /// Files by content id.
  private func contents() throws -> [String: String] {
    if let files { return files }
    let found = Dictionary(
      try ShardFolder.files(below: [path]).map { (try ShardHeader.peek($0).contentID, $0) },
      uniquingKeysWith: { first, _ in first })
    files = found
    return found
  }
}
