import Kernels

/// A dense layer without bias: y = x·Wᵀ.
///
/// Shapes: x (rows, inputs), W (outputs, inputs), y (rows, outputs). The products with W are those of its
/// `ProductWeights`; its gradient is made here, on the calling thread.
public struct Linear: Sendable {
  public let weight: Parameter
  public var outputs: Int { weight.shape[0] }
  public var inputs: Int { weight.shape[1] }

  public init(_ name: String, inputs: Int, outputs: Int) {
    weight = Parameter(name, shape: [outputs, inputs])
  }

  /// Adds ∂L/∂W = dyᵀ·x for some output rows of W; different ranges may run on different threads.
  @inline(__always)
  public func accumulateGradient<A: Activation>(_ range: Range<Int>, dy: Rows<A>, x: Rows<A>, rows: Int) {
    let block = A.gradientBlock(inputs: inputs, rows: rows).rows
    for first in Swift.stride(from: 0, to: rows, by: block) {
      A.product(
        range.count, inputs, min(block, rows - first), dy.from(row: first, column: range.lowerBound),
        .transposed, x.from(row: first), .asIs, adding: true,
        into: RowView(weight.gradient, row: range.lowerBound))
    }
  }
}
