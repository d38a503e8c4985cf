import CKernels
import Randomness

/// Inverted dropout whose mask is a hash of (key, position): the backward pass repeats it instead of storing it,
/// and it does not depend on how a batch was split.
public struct Dropout: Sendable {
  public let rate: Float
  /// What the mask is hashed with.
  package let key: UInt32

  /// - Parameters:
  ///   - rate: the probability of setting a value to zero, in [0, 1).
  ///   - stream: what makes this mask distinct: seed, layer and step.
  public init(rate: Float, stream: RandomStream) {
    self.rate = rate
    var stream = stream
    key = UInt32(truncatingIfNeeded: stream.next())
  }

  /// The mask of consecutive values, as fused kernels take it.
  /// - Parameter first: the position of the first value in the whole batch's tensor.
  @inline(__always)
  public func mask(first: Int) -> ck_mask {
    guard rate > 0 else { return Self.noMask }
    return ck_mask(
      key: key, first: UInt32(truncatingIfNeeded: first), threshold: UInt32(Double(1 - rate) * 4_294_967_295),
      scale: 1 / (1 - rate))
  }

  /// The mask that keeps everything as it is.
  public static var noMask: ck_mask { ck_mask(key: 0, first: 0, threshold: 0, scale: 1) }

  /// Multiplies each value by 0 or 1/(1 − rate). The gradient's rule is the same call on ∂L/∂y.
  /// - Parameter first: the position of x[0] in the whole batch's tensor.
  @inline(__always)
  public func apply(_ x: UnsafeMutablePointer<Float>, count: Int, first: Int) {
    guard rate > 0 else { return }
    let mask = mask(first: first)
    ck_dropout(x, count, mask.key, mask.first, mask.threshold, mask.scale)
  }
}
