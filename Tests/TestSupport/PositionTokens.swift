import Layers
import Models

extension AnyOrderTransformer {
  /// The layout of models with position tokens, which all tested ones have.
  public var positionTokens: PositionTokenLayout {
    guard let layout = layout as? PositionTokenLayout else { preconditionFailure("other rows") }
    return layout
  }

  /// The rotary table of models with position tokens.
  public var rotaryTable: RotaryTable {
    guard let rotary else { preconditionFailure("no rotary positions") }
    return rotary
  }
}

extension AnyOrderBatch {
  /// The label that stands for no condition.
  public static let unconditional = -1

  /// A batch of classes.
  public init(tokens: [Int], labels: [Int], orders: [Int]) {
    self.init(
      tokens: tokens,
      conditions: labels.map { $0 == Self.unconditional ? .unconditional : .label(Int($0)) }, orders: orders)
  }

  public var labels: [Int] {
    conditions.map { condition in
      switch condition {
      case .unconditional: Self.unconditional
      case .label(let label): label
      case .text: preconditionFailure("a text")
      }
    }
  }
}
