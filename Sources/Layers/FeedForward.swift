import CKernels
import Kernels

/// The gated feed-forward layer: y = W₂·(silu(W₁·x) ∘ W₃·x) (pipeline/method/transformer.md §5).
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

  /// Writes y in float32, or adds to it; the backward pass needs `gates`.
  @inline(__always)
  public func forward<A: Activation>(
    _ x: Rows<A>, rows: Int, weights: Weights<A>, gates: UnsafeMutablePointer<A>,
    activated: UnsafeMutablePointer<A>, adding: Bool = false, into y: RowView
  ) {
    weights.gateUp.forward(x, rows: rows, storing: Rows(gates, stride: 2 * hidden))
    A.kernels.swiglu(gates, activated, rows, hidden)
    weights.down.forward(Rows(activated, stride: hidden), rows: rows, adding: adding, into: y)
  }

  /// From dy (rows, C): recomputes `activated`, writes ∂L/∂gates (rows, 2F) and ∂L/∂x (rows, C). With s = σ(a):
  /// ∂a = d·b·(s + a·s·(1 − s)), ∂b = d·silu(a), where d = dy·W₂.
  @inline(__always)
  public func backward<A: Activation>(
    _ dy: Rows<A>, rows: Int, weights: Weights<A>, gates: UnsafePointer<A>,
    activated: UnsafeMutablePointer<A>, dgates: UnsafeMutablePointer<A>, into dx: RowView
  ) {
    weights.down.backward(dy, rows: rows, storing: Rows(activated, stride: hidden))
    A.kernels.swiglu_backward(gates, activated, dgates, activated, rows, hidden)
    weights.gateUp.backward(Rows(dgates, stride: 2 * hidden), rows: rows, into: dx)
  }

  /// W₁ over W₃, and W₂, as products of a precision read them.
  public struct Weights<A: Activation>: Sendable {
    public let gateUp: A.Weights
    public let down: A.Weights

    public init(_ layer: FeedForward, backward: Bool) {
      gateUp = A.Weights([layer.gate.weight.value, layer.up.weight.value], backward: backward)
      down = A.Weights([layer.down.weight.value], backward: backward)
    }
  }
}
