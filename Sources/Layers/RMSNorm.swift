import CKernels
import Kernels

/// Root-mean-square normalisation: y = x · rsqrt(mean(x²) + ε) · g (pipeline/method/transformer.md §5).
///
/// Shapes: x, y (rows, width) contiguous, g (width), reciprocal root (rows).
public struct RMSNorm: Sendable {
  public let gain: Parameter
  public let epsilon: Float
  public var width: Int { gain.count }

  public init(_ name: String, width: Int, epsilon: Float = 1e-5) {
    gain = Parameter(name, shape: [width], initialValue: 1)
    self.epsilon = epsilon
  }

  /// Writes y and the reciprocal roots that the backward pass needs.
  @inline(__always)
  public func forward<A: Activation>(
    _ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<A>,
    reciprocalRoot: UnsafeMutablePointer<Float>
  ) {
    A.kernels.norm(x, gain.value.pointer, y, reciprocalRoot, rows, width, epsilon)
  }

  /// Adds a branch to the residual stream, residual = x + dropout(branch), and normalises the sum in one go.
  @inline(__always)
  public func forward<A: Activation>(
    _ x: UnsafePointer<Float>, adding branch: UnsafePointer<Float>, mask: ck_mask = Dropout.noMask,
    rows: Int, residual: UnsafeMutablePointer<Float>, into y: UnsafeMutablePointer<A>,
    reciprocalRoot: UnsafeMutablePointer<Float>
  ) {
    A.kernels.add_norm(
      x, branch, mask, residual, gain.value.pointer, y, reciprocalRoot, rows, width, epsilon)
  }

  /// With q the reciprocal root: ∂L/∂x = dy·g·q − x·q³·mean(dy·g·x), added to `dx`; ∂L/∂g = Σ dy·x·q, added to
  /// `gainGradient` (width), which each thread owns.
  @inline(__always)
  public func backward(
    _ x: UnsafePointer<Float>, reciprocalRoot: UnsafePointer<Float>, _ dy: UnsafePointer<Float>, rows: Int,
    addingTo dx: UnsafeMutablePointer<Float>, gainGradient: UnsafeMutablePointer<Float>
  ) {
    ck_rmsnorm_backward(x, gain.value.pointer, reciprocalRoot, dy, dx, gainGradient, rows, width)
  }
}
