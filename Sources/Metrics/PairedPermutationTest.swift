import Randomness

/// Whether two generators differ by more than chance, when both are measured against the same reference: the
/// i-th images of A and B are exchanged at random and the difference is measured again
/// (pipeline/method/metrics.md §11).
///
/// If A and B were alike, exchanging would change nothing; the p-value is the share of exchanges, the
/// identity among them, whose difference is at least as large in size as the one found.
public struct PairedPermutationTest: Sendable, Equatable {
  /// The metric of A minus that of B.
  public let difference: Double
  /// Two-sided.
  public let pValue: Double
  public let permutations: Int

  /// The test of any metric.
  ///
  /// - Parameters:
  ///   - count: the number of pairs.
  ///   - measure: the difference A − B after the pairs marked `true` are exchanged; called for no exchange
  ///     and then `permutations` times, side by side on several threads.
  public init(
    count: Int, permutations: Int, seed: UInt64, _ measure: ([Bool]) throws -> Double
  ) throws {
    precondition(permutations > 0, "a test needs at least one permutation")
    difference = try measure([Bool](repeating: false, count: count))
    let exchanged = try concurrently(permutations) { permutation in
      try measure(Self.exchanges(count, seed: seed, permutation))
    }
    pValue = Self.share(of: exchanged, reaching: difference)
    self.permutations = permutations
  }

  /// The test of a metric whose difference is a sum over pairs that changes sign where a pair is exchanged,
  /// such as a kernel distance (`KernelDistance.contributions`) or a mean over images.
  public init(contributions: [Double], permutations: Int, seed: UInt64) {
    precondition(permutations > 0, "a test needs at least one permutation")
    difference = contributions.reduce(0, +)
    let exchanged = (0..<permutations).map { permutation in
      zip(contributions, Self.exchanges(contributions.count, seed: seed, permutation))
        .reduce(0) { $0 + ($1.1 ? -$1.0 : $1.0) }
    }
    pValue = Self.share(of: exchanged, reaching: difference)
    self.permutations = permutations
  }

  /// Which pairs the given permutation exchanges.
  private static func exchanges(_ count: Int, seed: UInt64, _ permutation: Int) -> [Bool] {
    var stream = RandomStream(seed: seed, purpose: "score.permutation", UInt64(permutation))
    return (0..<count).map { _ in stream.next() >> 63 == 1 }
  }

  /// Rounding must not decide ties, such as the exchange of all pairs.
  private static func share(of exchanged: [Double], reaching difference: Double) -> Double {
    let threshold = abs(difference) * (1 - 1e-9)
    return Double(1 + exchanged.count { abs($0) >= threshold }) / Double(exchanged.count + 1)
  }
}

extension FrechetDistance {
  /// The paired permutation test of two generators' distances to one reference. Every permutation costs two
  /// distances.
  ///
  /// - Throws: `MetricError.countsDiffer` when A and B have different numbers of images; what distances
  ///   throw.
  public static func pairedTest(
    _ a: FeatureSet, _ b: FeatureSet, reference: Factor, permutations: Int, seed: UInt64
  ) throws -> PairedPermutationTest {
    try FeatureSet.checkPairs(a, b)
    return try PairedPermutationTest(count: a.count, permutations: permutations, seed: seed) { exchanged in
      let (first, second) = FeatureSet.exchanging(a, b, where: exchanged)
      return try FrechetDistance(Factor(first), reference).raw
        - FrechetDistance(Factor(second), reference).raw
    }
  }
}

extension FeatureSet {
  /// Throws `MetricError.countsDiffer` or `.dimensionsDiffer` unless both sets pair up.
  static func checkPairs(_ a: FeatureSet, _ b: FeatureSet) throws {
    guard a.dimension == b.dimension else {
      throw MetricError.dimensionsDiffer(generated: a.dimension, reference: b.dimension)
    }
    guard a.count == b.count else {
      throw MetricError.countsDiffer(first: a.name, firstCount: a.count, second: b.name, secondCount: b.count)
    }
  }

  /// Two paired sets with the marked images exchanged.
  static func exchanging(
    _ a: FeatureSet, _ b: FeatureSet, where exchanged: [Bool]
  ) -> (FeatureSet, FeatureSet) {
    let both = FeatureSet.joining(a, b)
    let count = a.count
    return (
      both.selecting(exchanged.enumerated().map { $0.element ? count + $0.offset : $0.offset }).named(a.name),
      both.selecting(exchanged.enumerated().map { $0.element ? $0.offset : count + $0.offset }).named(b.name)
    )
  }
}
