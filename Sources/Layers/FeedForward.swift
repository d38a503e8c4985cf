import CKernels
import Kernels

/// The gated feed-forward layer: y = W₂·(silu(W₁·x) ∘ W₃·x) (spec/class-conditional §1.5).
///
/// Shapes: x, y (rows, C); gates (rows, 2F) holds W₁·x and W₃·x side by side; activated (rows, F).
public struct FeedForward: Sendable {
  public let gate: Linear
  public let up: Linear
  public let down: Linear
  public var hidden: Int { gate.outputs }

  public init(_ name: String, width: Int, hidden: Int) {
    gate = Linear("\(name).w1.weight", inputs: width, outputs: hidden)
    up = Linear("\(name).w3.weight", inputs: width, outputs: hidden)
    down = Linear("\(name).w2.weight", inputs: hidden, outputs: width)
  }

  /// Writes y; the backward pass needs `gates`. Both buffers are contiguous.
  @inline(__always)
  public func forward(
    _ x: RowView, rows: Int, gates: UnsafeMutablePointer<Float>, activated: UnsafeMutablePointer<Float>,
    into y: RowView
  ) {
    gate.forward(x, rows: rows, into: RowView(gates, stride: 2 * hidden))
    up.forward(x, rows: rows, into: RowView(gates + hidden, stride: 2 * hidden))
    ck_swiglu(gates, activated, rows, hidden)
    down.forward(RowView(activated, stride: hidden), rows: rows, into: y)
  }

  /// From dy (rows, C): recomputes `activated`, writes ∂L/∂gates (rows, 2F) and ∂L/∂x (rows, C). With s = σ(a):
  /// ∂a = d·b·(s + a·s·(1 − s)), ∂b = d·silu(a), where d = dy·W₂. `dactivated` is scratch of (rows, F).
  @inline(__always)
  public func backward(
    _ dy: RowView, rows: Int, gates: UnsafePointer<Float>, dactivated: UnsafeMutablePointer<Float>,
    activated: UnsafeMutablePointer<Float>, dgates: UnsafeMutablePointer<Float>, into dx: RowView
  ) {
    down.backward(dy, rows: rows, into: RowView(dactivated, stride: hidden))
    ck_swiglu_backward(gates, dactivated, dgates, activated, rows, hidden)
    gate.backward(RowView(dgates, stride: 2 * hidden), rows: rows, into: dx)
    up.backward(RowView(dgates + hidden, stride: 2 * hidden), rows: rows, into: dx, adding: true)
  }
}
