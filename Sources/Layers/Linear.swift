import Kernels

/// A dense layer: y = x·Wᵀ, plus b where it has a bias.
///
/// Shapes: x (rows, inputs), W (outputs, inputs), b (outputs), y (rows, outputs). The products with W are those of its
/// `ProductWeights`, and b is added by whatever reads y; their gradients are made here, on the calling thread.
public struct Linear: Sendable {
  public let weight: Parameter
  public let bias: Parameter?
  public var outputs: Int { weight.shape[0] }
  public var inputs: Int { weight.shape[1] }
  public var parameters: [Parameter] { [weight] + (bias.map { [$0] } ?? []) }

  /// Without a bias.
  public init(_ name: String, inputs: Int, outputs: Int) {
    self.init(weight: Parameter(name, shape: [outputs, inputs]), bias: nil)
  }

  /// With the parameters `name.weight` and `name.bias`.
  public init(biased name: String, inputs: Int, outputs: Int) {
    self.init(
      weight: Parameter("\(name).weight", shape: [outputs, inputs]),
      bias: Parameter("\(name).bias", shape: [outputs]))
  }

  init(weight: Parameter, bias: Parameter?) {
    self.weight = weight
    self.bias = bias
  }

  /// Adds ∂L/∂W = dyᵀ·x and ∂L/∂b = Σ dy for some output rows of W; different ranges may run on different threads.
  @inline(__always)
  public func accumulateGradient<A: Activation>(_ range: Range<Int>, dy: Rows<A>, x: Rows<A>, rows: Int) {
    let block = A.gradientBlock(inputs: inputs, rows: rows).rows
    for first in Swift.stride(from: 0, to: rows, by: block) {
      A.product(
        range.count, inputs, min(block, rows - first), dy.from(row: first, column: range.lowerBound),
        .transposed, x.from(row: first), .asIs, adding: true,
        into: RowView(weight.gradient, row: range.lowerBound))
    }
    if let bias {
      A.kernels.column_sums(
        dy.from(column: range.lowerBound).pointer, dy.stride, bias.gradient.pointer + range.lowerBound, rows,
        range.count)
    }
  }
}
