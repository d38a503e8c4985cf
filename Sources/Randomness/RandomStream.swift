/// A random stream that is a pure function of (seed, purpose, identifiers).
///
/// No stage keeps generator state: a stream is made where it is needed, keyed by what it is for, so that results
/// do not depend on the number of jobs, on interruptions or on what was drawn before. The generator is
/// SplitMix64 (Steele, Lea and Flood 2014); the key is mixed through the same finaliser.
public struct RandomStream: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// - Parameters:
  ///   - seed: the seed of the configuration.
  ///   - purpose: what the numbers are for, such as `"train.order"`; different purposes never share numbers.
  ///   - first: with `second` and `third` sample id, step, epoch: whatever makes this stream distinct within its
  ///     purpose.
  public init(
    seed: UInt64, purpose: String, _ first: UInt64? = nil, _ second: UInt64? = nil, _ third: UInt64? = nil
  ) {
    var key = Self.mix(seed &+ 0x9E37_79B9_7F4A_7C15)
    var name: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in purpose.utf8 { name = (name ^ UInt64(byte)) &* 0x100_0000_01B3 }
    key = Self.mix(key ^ name)
    if let first { key = Self.mixed(first, into: key) }
    if let second { key = Self.mixed(second, into: key) }
    if let third { key = Self.mixed(third, into: key) }
    state = key
  }

  private static func mixed(_ identifier: UInt64, into key: UInt64) -> UInt64 {
    mix(key &+ mix(identifier &+ 0x632B_E59B_D9B4_E019))
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// A uniform value in [0, 1) with 53 bits.
  public mutating func uniform() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A uniform integer in 0..<bound, without bias (Lemire's method). Requires `bound > 0`.
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "a uniform integer needs a positive bound")
    let range = UInt64(bound)
    var product = next().multipliedFullWidth(by: range)
    if product.low < range {
      let threshold = (0 &- range) % range
      while product.low < threshold { product = next().multipliedFullWidth(by: range) }
    }
    return Int(product.high)
  }

  /// A uniform permutation of 0..<count (Fisher and Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var result = Array(0..<count)
    for i in stride(from: count - 1, to: 0, by: -1) { result.swapAt(i, below(i + 1)) }
    return result
  }

  /// Writes the same permutation of 0..<buffer.count that `permutation` returns, in place.
  public mutating func permute(into buffer: UnsafeMutableBufferPointer<Int>) {
    for i in buffer.indices { buffer[i] = i }
    for i in stride(from: buffer.count - 1, to: 0, by: -1) { buffer.swapAt(i, below(i + 1)) }
  }
}
