import Files
import Models
import Orders
import Shards
import StageKit
import Weights

/// A shard of shared orders, read for a model.
public struct SharedOrders: Sendable {
  public let orders: StaticOrders
  public let contentID: String
  public let rule: JSONValue
  /// Content id of the model whose orders they sum up.
  public let extractor: String
  private let path: String

  /// - Parameters:
  ///   - file: the model that they are for, or one tuned from it.
  ///   - rule: the settings' rule, nil to take any.
  /// - Throws: `ShardError.mismatch` for orders of another grid, of other classes or by another rule.
  public init(reading path: String, for file: TransformerFile, modelPath: String, rule: RuleSection?) throws {
    let (table, header) = try StaticOrderTable.read(path)
    let sizes = file.model.configuration
    let classes = max(sizes.classes, 1)
    guard table.gridHeight == sizes.gridHeight, table.gridWidth == sizes.gridWidth, table.classes == classes
    else {
      func words(_ height: Int, _ width: Int, _ classes: Int) -> String {
        "shared orders of a \(height)×\(width) grid and \(classes == 1 ? "one class" : "\(classes) classes")"
      }
      throw ShardError.mismatch(
        path: path,
        expected: words(sizes.gridHeight, sizes.gridWidth, classes) + ", as \(modelPath) has",
        found: words(table.gridHeight, table.gridWidth, table.classes))
    }
    if let rule, rule.fact != table.rule {
      throw ShardError.mismatch(
        path: path, expected: "shared orders by the rule \(rule.fact.text)", found: table.rule.text)
    }
    let length = table.tokensPerImage
    orders = StaticOrders(
      orders: (0..<table.count).map { record in
        table.orders[record * length..<(record + 1) * length].map(Int.init)
      },
      images: (0..<table.count).map { record in
        table.images[record * classes..<(record + 1) * classes].map(Int.init)
      })
    contentID = header.contentID
    self.rule = table.rule
    extractor = table.modelContentID
    self.path = path
  }

  /// The order of each image of a token shard: its class's, or of several the nearest to its own.
  ///
  /// - Parameter own: path of the images' own orders, for clusters.
  /// - Throws: `ShardError.mismatch` for orders of other images.
  public func table(of tokens: TokenTable, _ header: ShardHeader, own: String?) throws -> OrderTable {
    let rows = try own.map { try nearest(tokens, header, $0) } ?? tokens.labels.map(row)
    return OrderTable(
      sampleIDs: tokens.sampleIDs, orders: rows.flatMap { orders.orders[$0].map(UInt16.init) },
      confidences: [Float](repeating: 1, count: rows.count * tokens.tokensPerImage),
      gridHeight: tokens.gridHeight, gridWidth: tokens.gridWidth, tokensContentID: header.contentID,
      modelContentID: extractor, rule: rule, staticContentID: contentID)
  }

  /// The order of a class.
  private func row(_ label: UInt32) -> Int {
    let column = orders.classes == 1 ? 0 : Int(label)
    return orders.images.firstIndex { $0[column] > 0 } ?? 0
  }

  private func nearest(_ tokens: TokenTable, _ header: ShardHeader, _ path: String) throws -> [Int] {
    let own = try OrderTable(reading: path)
    guard own.tokensContentID == header.contentID, own.sampleIDs == tokens.sampleIDs else {
      throw ShardError.mismatch(
        path: path, expected: "an order of every image of the tokens with content id \(header.contentID)",
        found: "\(own.count) orders of \(own.tokensContentID)")
    }
    guard own.modelContentID == extractor else {
      throw ShardError.mismatch(
        path: path, expected: "orders by the model \(extractor), as \(self.path) sums up",
        found: "orders by \(own.modelContentID)")
    }
    let searched = NearestOrder(orders)
    return (0..<own.count).map { searched.index(of: own.order(of: $0)) }
  }
}
