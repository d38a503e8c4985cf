import Randomness
import Testing

@Suite struct RandomStreamTests {
  @Test func `equal keys give equal streams and any part of the key changes it`() {
    func first(_ seed: UInt64, _ purpose: String, _ id: UInt64) -> [UInt64] {
      var stream = RandomStream(seed: seed, purpose: purpose, id)
      return (0..<4).map { _ in stream.next() }
    }
    let reference = first(1, "order", 7)
    #expect(first(1, "order", 7) == reference)
    #expect(first(2, "order", 7) != reference)
    #expect(first(1, "dropout", 7) != reference)
    #expect(first(1, "order", 8) != reference)
  }

  /// Worked out by a separate program from the definition. Stored runs depend on these numbers.
  @Test func `the published stream never changes`() {
    var stream = RandomStream(seed: 42, purpose: "pin", 3)
    #expect(
      (0..<3).map { _ in stream.next() } == [
        0x1a37_7450_c7df_12ac, 0x4233_6e53_e909_08c8, 0xcd94_67e7_7208_fb1b,
      ])
    func permutation(_ count: Int, _ seed: UInt64, _ identifiers: UInt64?...) -> [Int] {
      let all = identifiers + [nil, nil, nil]
      var stream = RandomStream(seed: seed, purpose: "pin", all[0], all[1], all[2])
      return stream.permutation(count)
    }
    #expect(permutation(5, 1) == [1, 4, 2, 3, 0])
    #expect(permutation(8, 42, 3) == [7, 3, 5, 2, 6, 4, 1, 0])
    #expect(permutation(16, 42, 3, 4) == [6, 3, 8, 11, 5, 7, 13, 4, 0, 12, 10, 2, 9, 14, 1, 15])
    #expect(permutation(6, 42, 3, 4, 5) == [0, 3, 1, 4, 2, 5])
    var uniform = RandomStream(seed: 42, purpose: "pin", 3)
    #expect(uniform.uniform() == 0.10240866634546486 && uniform.uniform() == 0.25859727429000057)
    var normal = RandomStream(seed: 42, purpose: "pin", 3)
    let (first, second) = normal.normalPair()
    #expect(abs(first + 0.02509790717819714) < 1e-14 && abs(second - 0.4641668812128021) < 1e-14)
    var integers = RandomStream(seed: 7, purpose: "pin", 1)
    #expect((0..<8).map { _ in integers.below(10) } == [2, 7, 0, 9, 4, 3, 2, 0])
    let large = (0..<3).map { _ in integers.below(.max - 24) }
    #expect(large == [5_354_697_543_974_805_193, 137_333_560_132_606_193, 5_438_702_759_912_064_274])
  }

  @Test(arguments: [0, 1, 2, 9, 256]) func `a permutation in place is the one that is returned`(_ count: Int)
  {
    var stream = RandomStream(seed: 42, purpose: "pin", 3, 4)
    let permutation = stream.permutation(count)
    var again = RandomStream(seed: 42, purpose: "pin", 3, 4)
    var written = [Int](repeating: -1, count: count)
    written.withUnsafeMutableBufferPointer { again.permute(into: $0) }
    #expect(written == permutation)
    #expect(stream.next() == again.next())
  }

  @Test func `uniform integers are uniform`() {
    var stream = RandomStream(seed: 5, purpose: "test")
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[stream.below(7)] += 1 }
    // Standard deviation of a count is about 93.
    for count in counts { #expect(abs(count - 10_000) < 500) }
  }

  @Test func `normal values have mean zero and the deviation asked for`() {
    var stream = RandomStream(seed: 9, purpose: "test")
    let values = stream.normals(100_001, deviation: 2).map(Double.init)
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    #expect(abs(mean) < 0.03)
    #expect(abs(variance.squareRoot() - 2) < 0.03)
  }
}
