/// Tokenised images with what each is drawn from and the order it is to be predicted in.
public struct AnyOrderBatch: Sendable {
  /// Codes in raster layout, (B, N).
  public var tokens: [Int]
  /// (B).
  public var conditions: [Condition]
  /// `orders[b·N + i]` is the raster location predicted at step i; (B, N), each row a permutation.
  public var orders: [Int]

  public var count: Int { conditions.count }

  public init(tokens: [Int], conditions: [Condition], orders: [Int]) {
    self.tokens = tokens
    self.conditions = conditions
    self.orders = orders
  }

  /// Some consecutive images of the batch.
  func slice(_ range: Range<Int>) -> AnyOrderBatch {
    let locations = tokens.count / max(count, 1)
    let cells = range.lowerBound * locations..<range.upperBound * locations
    return AnyOrderBatch(
      tokens: Array(tokens[cells]), conditions: Array(conditions[range]), orders: Array(orders[cells]))
  }
}
