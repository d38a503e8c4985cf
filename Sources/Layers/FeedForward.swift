import CKernels
import Kernels

/// A gated feed-forward layer: y = W₂·(silu(W₁·x) ∘ W₃·x) (Shazeer 2020; pipeline/method/transformer.md §5), or with the
/// error function's GELU and biases, y = W₂·dropout(a ∘ gelu(g)) + b₂, where [a, g] = W₁·x + b₁
/// (pipeline/method/text-to-image.md §2).
///
/// Shapes: x, y (rows, C); gates (rows, 2F) holds both factors' products side by side, without biases; activated
/// (rows, F).
public struct FeedForward: Sendable {
  /// What makes the two factors: W₁ and W₃ (F, C) each, or one W₁ (2F, C) with b₁.
  public let factors: [Linear]
  public let down: BranchProjection
  public let hidden: Int
  public var parameters: [Parameter] { factors.flatMap(\.parameters) + down.parameters }

  /// The layer gated by SiLU, without biases, with the parameters `name.w1.weight`, `w3` and `w2`.
  public init(siluGated name: String, width: Int, hidden: Int) {
    factors = ["w1", "w3"].map { Linear("\(name).\($0).weight", inputs: width, outputs: hidden) }
    down = BranchProjection(Linear("\(name).w2.weight", inputs: hidden, outputs: width))
    self.hidden = hidden
  }

  /// The layer gated by GELU, with biases and a layer scale; its parameters are `name.w1`, `name.w2` and `name.scale`.
  public init(geluGated name: String, width: Int, hidden: Int, initialScale: Float) {
    factors = [Linear(biased: "\(name).w1", inputs: width, outputs: 2 * hidden)]
    down = BranchProjection(
      Linear(biased: "\(name).w2", inputs: hidden, outputs: width), scale: "\(name).scale",
      initialScale: initialScale)
    self.hidden = hidden
  }

  /// b₁ (2F), where there is one.
  @inline(__always)
  private var bias: UnsafePointer<Float>? { factors[0].bias.map { UnsafePointer($0.value.pointer) } }

  /// Whether dropout falls on the activated values, as in a layer gated by GELU, and not on y.
  public var dropsActivated: Bool { factors[0].bias != nil }

  /// Writes y in float32, without the bias of the last projection, or adds to it; the backward pass needs `gates`.
  ///
  /// - Parameter mask: dropout of activated values, of a layer gated by GELU.
  @inline(__always)
  public func forward<A: Activation>(
    _ x: Rows<A>, rows: Int, weights: Weights<A>, gates: UnsafeMutablePointer<A>,
    activated: UnsafeMutablePointer<A>, mask: ck_mask = Dropout.noMask, adding: Bool = false, into y: RowView
  ) {
    weights.factors.forward(x, rows: rows, storing: Rows(gates, stride: 2 * hidden))
    if let bias {
      A.kernels.geglu(gates, bias, mask, activated, rows, hidden)
    } else {
      A.kernels.swiglu(gates, activated, rows, hidden)
    }
    weights.down.forward(Rows(activated, stride: hidden), rows: rows, adding: adding, into: y)
  }

  /// From dy (rows, C): recomputes `activated`, writes ∂L/∂gates (rows, 2F) and ∂L/∂x (rows, C). With d = dy·W₂, by
  /// SiLU with s = σ(a): ∂a = d·b·(s + a·s·(1 − s)), ∂b = d·silu(a); by GELU with Φ and φ the normal distribution and its
  /// density: ∂a = d·g·Φ(g), ∂g = d·a·(Φ(g) + g·φ(g)).
  @inline(__always)
  public func backward<A: Activation>(
    _ dy: Rows<A>, rows: Int, weights: Weights<A>, gates: UnsafePointer<A>,
    activated: UnsafeMutablePointer<A>, dgates: UnsafeMutablePointer<A>, mask: ck_mask = Dropout.noMask,
    into dx: RowView
  ) {
    weights.down.backward(dy, rows: rows, storing: Rows(activated, stride: hidden))
    if let bias {
      A.kernels.geglu_backward(gates, bias, mask, activated, dgates, activated, rows, hidden)
    } else {
      A.kernels.swiglu_backward(gates, activated, dgates, activated, rows, hidden)
    }
    weights.factors.backward(Rows(dgates, stride: 2 * hidden), rows: rows, into: dx)
  }

  /// The factors' matrices over each other, and the last one, as products of a precision read them.
  public struct Weights<A: Activation>: Sendable {
    public let factors: A.Weights
    public let down: A.Weights
    public let projection: FoldedProjection

    public init(_ layer: FeedForward, backward: Bool) {
      factors = A.Weights(layer.factors.map(\.weight.value), backward: backward)
      projection = FoldedProjection(layer.down)
      down = A.Weights([projection.linear.weight.value], backward: backward)
    }
  }
}
