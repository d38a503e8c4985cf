import CKernels
import Kernels

/// Normalisation of rows: by the root of the mean square, y = x · rsqrt(mean(x²) + ε) · g (Zhang and Sennrich 2019;
/// pipeline/method/transformer.md §5), or layer normalisation, y = (x − mean) · rsqrt(variance + ε) · g + b (Ba et al.
/// 2016; pipeline/method/text-to-image.md §2), which has a bias b.
///
/// Shapes: x, y (rows, width) contiguous, g and b (width), reciprocal root (rows).
public struct RowNorm: Sendable {
  public let gain: Parameter
  /// Nil for the root mean square.
  public let bias: Parameter?
  public let epsilon: Float
  public var width: Int { gain.count }
  public var parameters: [Parameter] { [gain] + (bias.map { [$0] } ?? []) }

  /// Normalisation by the root mean square.
  public init(rootMeanSquare name: String, width: Int, epsilon: Float = 1e-5) {
    gain = Parameter(name, shape: [width], initialValue: 1)
    bias = nil
    self.epsilon = epsilon
  }

  /// Layer normalisation, with parameters `name.weight` and `name.bias`.
  public init(layer name: String, width: Int, epsilon: Float = 1e-5) {
    gain = Parameter("\(name).weight", shape: [width], initialValue: 1)
    bias = Parameter("\(name).bias", shape: [width])
    self.epsilon = epsilon
  }

  /// Writes y and the reciprocal roots that the backward pass needs.
  @inline(__always)
  public func forward<A: Activation>(
    _ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<A>,
    reciprocalRoot: UnsafeMutablePointer<Float>
  ) {
    if let bias {
      A.kernels.layer_norm(
        x, gain.value.pointer, bias.value.pointer, y, reciprocalRoot, rows, width, epsilon)
    } else {
      A.kernels.norm(x, gain.value.pointer, y, reciprocalRoot, rows, width, epsilon)
    }
  }

  /// Adds a branch to the residual stream, residual = x + dropout(branch + bias), and normalises the sum in one go.
  ///
  /// - Parameter branchBias: (width), of a layer norm's branches; those before a root mean square have none.
  @inline(__always)
  public func forward<A: Activation>(
    _ x: UnsafePointer<Float>, adding branch: UnsafePointer<Float>, branchBias: UnsafePointer<Float>? = nil,
    mask: ck_mask = Dropout.noMask, rows: Int, residual: UnsafeMutablePointer<Float>,
    into y: UnsafeMutablePointer<A>, reciprocalRoot: UnsafeMutablePointer<Float>
  ) {
    if let bias, let branchBias {
      A.kernels.add_layer_norm(
        x, branch, branchBias, mask, residual, gain.value.pointer, bias.value.pointer, y, reciprocalRoot,
        rows, width, epsilon)
    } else {
      precondition(bias == nil && branchBias == nil, "a layer norm's branches have biases, others none")
      A.kernels.add_norm(
        x, branch, mask, residual, gain.value.pointer, y, reciprocalRoot, rows, width, epsilon)
    }
  }

  /// With q the reciprocal root. Root mean square: ∂L/∂x = dy·g·q − x·q³·mean(dy·g·x). Layer norm, with
  /// x̂ = (x − mean)·q: ∂L/∂x = q·(dy·g − mean(dy·g) − x̂·mean(dy·g·x̂)). ∂L/∂x is added to `dx`, and ∂L/∂g, behind it
  /// ∂L/∂b, to `gradient` (as many times width as there are parameters), which each thread owns.
  @inline(__always)
  public func backward(
    _ x: UnsafePointer<Float>, reciprocalRoot: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, rows: Int,
    addingTo dx: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>
  ) {
    if bias == nil {
      ck_rmsnorm_backward(x, gain.value.pointer, reciprocalRoot, dy, dx, gradient, rows, width)
    } else {
      ck_layernorm_backward(
        x, gain.value.pointer, reciprocalRoot, dy, dx, gradient, gradient + width, rows, width)
    }
  }
}
