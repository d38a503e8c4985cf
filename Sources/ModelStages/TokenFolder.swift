import Checkpoints
import Shards
import Training

/// The token shards of one split, read and joined.
public struct TokenFolder: Sendable {
  public let data: TokenDataset
  public let inputs: [Provenance.Input]
  public let gridHeight: Int
  public let gridWidth: Int
  public let codebookSize: Int
  public let codebook: String
  public let classNames: [String]
  /// Content ids by shard, to match orders with.
  public let contentIDs: [String]
  /// Images in each shard.
  public let counts: [Int]

  /// Reads `folder/tokens-*-of-*.shard`.
  ///
  /// - Parameter role: what the shards are to the stage, for its provenance.
  /// - Throws: `ShardError` when a shard is missing, damaged or of another codebook than the first.
  public init(_ folder: String, role: String) throws {
    var data: TokenDataset?
    var first: TokenTable?
    var inputs: [Provenance.Input] = []
    var counts: [Int] = []
    for path in try ShardName.list(folder, kind: .tokens) {
      let (table, header) = try TokenTable.read(path)
      let reference = first ?? table
      first = reference
      guard table.codebook == reference.codebook, table.tokensPerImage == reference.tokensPerImage else {
        throw ShardError.mismatch(
          path: path, expected: "codes of codebook \(reference.codebook)", found: "codebook \(table.codebook)"
        )
      }
      inputs.append(try Provenance.Input(role: role, shard: path))
      precondition(header.contentID == inputs.last?.contentID)
      counts.append(table.count)
      var joined =
        data ?? TokenDataset(sampleIDs: [], labels: [], tokens: [], locations: reference.tokensPerImage)
      joined.sampleIDs += table.sampleIDs
      joined.labels += table.labels.map(Int32.init)
      joined.tokens += table.tokens
      data = joined
    }
    guard let first, let data, data.count > 0 else {
      throw ShardError.mismatch(path: folder, expected: "at least one tokenised image", found: "none")
    }
    self.data = data
    self.inputs = inputs
    self.counts = counts
    gridHeight = first.gridHeight
    gridWidth = first.gridWidth
    codebookSize = first.codebookSize
    codebook = first.codebook
    classNames = first.classNames
    contentIDs = inputs.map(\.contentID)
  }

  /// The data with the orders of a folder, shard by shard.
  ///
  /// - Parameter role: what the shards are to the stage, for its provenance.
  /// - Returns: the data, the orders' provenance, and the content id of the model that made them.
  /// - Throws: `ShardError.mismatch` when orders belong to other tokens.
  public func withOrders(_ folder: String, role: String = "orders") throws -> (
    data: TokenDataset, inputs: [Provenance.Input], model: String
  ) {
    let paths = try ShardName.list(folder, kind: .orders)
    guard paths.count == contentIDs.count else {
      throw ShardError.mismatch(
        path: folder, expected: "\(contentIDs.count) shards of orders, one for each of tokens",
        found: "\(paths.count)")
    }
    var orders: [UInt16] = []
    var inputs: [Provenance.Input] = []
    var model = ""
    for (path, contentID) in zip(paths, contentIDs) {
      let table = try OrderTable(reading: path)
      guard table.tokensContentID == contentID, table.tokensPerImage == data.locations else {
        throw ShardError.mismatch(
          path: path, expected: "orders of the tokens with content id \(contentID)",
          found: "orders of \(table.tokensContentID)")
      }
      orders += table.orders
      inputs.append(try Provenance.Input(role: role, shard: path))
      model = table.modelContentID
    }
    let joined = TokenDataset(
      sampleIDs: data.sampleIDs, labels: data.labels, tokens: data.tokens, orders: orders,
      locations: data.locations)
    return (joined, inputs, model)
  }
}
