import Kernels

/// A dense layer without bias: y = x·Wᵀ.
///
/// Shapes: x (rows, inputs), W (outputs, inputs), y (rows, outputs). Every function runs on the calling thread.
public struct Linear: Sendable {
  public let weight: Parameter
  public var outputs: Int { weight.value.shape[0] }
  public var inputs: Int { weight.value.shape[1] }

  public init(_ name: String, inputs: Int, outputs: Int) {
    weight = Parameter(name, shape: [outputs, inputs])
  }

  /// y ← x·Wᵀ.
  @inline(__always)
  public func forward(_ x: RowView, rows: Int, into y: RowView) {
    product(rows, outputs, inputs, x, .asIs, RowView(weight.value), .transposed, into: y)
  }

  /// ∂L/∂x ← dy·W, or added to `dx` when `adding`.
  @inline(__always)
  public func backward(_ dy: RowView, rows: Int, into dx: RowView, adding: Bool = false) {
    product(rows, inputs, outputs, dy, .asIs, RowView(weight.value), .asIs, beta: adding ? 1 : 0, into: dx)
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
