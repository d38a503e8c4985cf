import Files

/// Orders that images share: what `extract-orders static` hands to labelling and to `sample`.
///
/// One record an order. Columns: `order` u16[N], raster locations by step; `images` u32[classes], how many training
/// images of each class have it: which order an image that is yet to be drawn gets (pipeline/method/orders.md §10).
public struct StaticOrderTable: ShardTable {
  public static let kind = ShardKind.staticOrders
  public static let schema = 1

  /// (records, N), every row a permutation of 0..<N.
  public var orders: [UInt16]
  /// (records, classes); one column for a model of texts. No class without images.
  public var images: [UInt32]
  public var gridHeight: Int
  public var gridWidth: Int
  /// 1 for a model of texts.
  public var classes: Int
  /// Content id of the any-order model whose orders they sum up, or that curves go with.
  public var modelContentID: String
  /// The rule that made them, as settings have it.
  public var rule: JSONValue

  public init(
    orders: [UInt16], images: [UInt32], gridHeight: Int, gridWidth: Int, classes: Int, modelContentID: String,
    rule: JSONValue
  ) {
    precondition(
      orders.count * classes == images.count * gridHeight * gridWidth,
      "every order has a number for each class")
    self.orders = orders
    self.images = images
    self.gridHeight = gridHeight
    self.gridWidth = gridWidth
    self.classes = classes
    self.modelContentID = modelContentID
    self.rule = rule
  }

  public var count: Int { orders.count / tokensPerImage }
  /// N, the number of steps of one order.
  public var tokensPerImage: Int { gridHeight * gridWidth }

  public var columns: [NewColumn] {
    [
      NewColumn("order", shape: [tokensPerImage], .u16(orders)),
      NewColumn("images", shape: [classes], .u32(images)),
    ]
  }

  public var extra: JSONValue {
    [
      "grid": [.integer(gridHeight), .integer(gridWidth)], "classes": .integer(classes),
      "model": .string(modelContentID), "rule": rule,
    ]
  }

  public init(shard: Shard) throws {
    (gridHeight, gridWidth) = try shard.grid()
    classes = try shard.fact("classes", "between 1 and 65,536") { value in
      value.int.flatMap { (1...65_536).contains($0) ? $0 : nil }
    }
    orders = try shard.u16("order", shape: [gridHeight * gridWidth])
    images = try shard.u32("images", shape: [classes])
    modelContentID = try shard.text("model")
    rule = try shard.fact("rule", "an object") { $0.object.map { .object($0) } }
  }

  public func check() throws(TableProblem) {
    guard count > 0 else { throw TableProblem(expected: "at least one order", found: "none") }
    try TableRules.requirePermutations(orders, length: tokensPerImage)
    for label in 0..<classes {
      var total: UInt64 = 0
      for record in 0..<count { total += UInt64(images[record * classes + label]) }
      guard total > 0 else {
        throw TableProblem(expected: "an order for every class", found: "none for class \(label)")
      }
    }
  }
}
