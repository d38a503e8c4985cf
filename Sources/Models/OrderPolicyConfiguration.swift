/// Sizes of an order policy: a light transformer that reads what is revealed of an image and says where to go on
/// (pipeline/method/orders.md).
public struct OrderPolicyConfiguration: Equatable, Sendable {
  /// The transformer that it is, which predicts locations.
  public let transformer: AnyOrderConfiguration

  /// - Parameters:
  ///   - width, layers, heads, hidden: its own sizes.
  ///   - model: the model whose orders it learns: codes, conditions and grid are that one's.
  public init(width: Int, layers: Int, heads: Int, hidden: Int, for model: AnyOrderConfiguration) {
    transformer = AnyOrderConfiguration(
      width: width, layers: layers, heads: heads, hidden: hidden, codes: model.codes, classes: model.classes,
      text: model.text, positions: .doubleAbsolute, predicts: .locations, gridHeight: model.gridHeight,
      gridWidth: model.gridWidth)
  }

  /// What is wrong with these sizes, as one sentence, or nil when they can be built.
  public var problem: String? { transformer.problem }
}

/// As the sizes of an any-order transformer, without how locations enter, which is always the same.
extension OrderPolicyConfiguration: Codable {
  public init(from decoder: any Decoder) throws {
    var sizes = try AnyOrderConfiguration(from: decoder)
    sizes.positions = .doubleAbsolute
    sizes.predicts = .locations
    transformer = sizes
  }

  public func encode(to encoder: any Encoder) throws {
    var sizes = transformer
    sizes.positions = .tokens
    try sizes.encode(to: encoder)
  }
}
