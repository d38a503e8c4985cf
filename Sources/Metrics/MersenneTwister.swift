/// The generator MT19937 seeded like NumPy's `RandomState(seed)`, with its permutation and its choice without
/// replacement (Matsumoto and Nishimura 1998).
///
/// Only kernel-distance subsets use it, so that they are the ones torch-fidelity draws; everything of the
/// project's own comes from `RandomStream`.
public struct MersenneTwister: Sendable {
  private var state: [UInt32]
  private var index = 624

  public init(seed: UInt32) {
    state = [seed]
    state.reserveCapacity(624)
    for i in 1..<624 {
      let previous = state[i - 1]
      state.append(1_812_433_253 &* (previous ^ (previous >> 30)) &+ UInt32(i))
    }
  }

  public mutating func next() -> UInt32 {
    if index == 624 { refill() }
    var word = state[index]
    index += 1
    word ^= word >> 11
    word ^= (word << 7) & 0x9D2C_5680
    word ^= (word << 15) & 0xEFC6_0000
    return word ^ (word >> 18)
  }

  private mutating func refill() {
    for k in 0..<624 {
      let word = (state[k] & 0x8000_0000) | (state[(k + 1) % 624] & 0x7FFF_FFFF)
      state[k] = state[(k + 397) % 624] ^ (word >> 1) ^ (word & 1 == 1 ? 0x9908_B0DF : 0)
    }
    index = 0
  }

  /// A uniform integer in 0...bound by masking and rejecting, as NumPy's legacy generator draws it.
  public mutating func through(_ bound: Int) -> Int {
    guard bound > 0 else { return 0 }
    let mask = UInt32.max >> UInt32(bound).leadingZeroBitCount
    while true {
      let value = Int(next() & mask)
      if value <= bound { return value }
    }
  }

  /// NumPy's `permutation(count)`.
  public mutating func permutation(_ count: Int) -> [Int] {
    var result = Array(0..<count)
    guard count > 1 else { return result }
    for i in stride(from: count - 1, to: 0, by: -1) { result.swapAt(i, through(i)) }
    return result
  }

  /// NumPy's `choice(count, size, replace=False)`.
  public mutating func choice(_ count: Int, size: Int) -> [Int] {
    Array(permutation(count).prefix(size))
  }
}
