/// A number of 8 significant bits and float's range: the upper half of a float. Storage only; arithmetic happens in
/// float32 inside kernels and products.
@frozen
public struct BFloat16: BitwiseCopyable, Sendable, Equatable {
  public var bits: UInt16

  /// Rounds to nearest, ties to even.
  @inlinable
  public init(_ value: Float) {
    let pattern = value.bitPattern
    bits = UInt16(truncatingIfNeeded: (pattern &+ 0x7fff &+ ((pattern >> 16) & 1)) >> 16)
  }

  @inlinable
  public var float: Float { Float(bitPattern: UInt32(bits) << 16) }
}
