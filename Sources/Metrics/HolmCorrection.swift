/// Holm's correction (1979) of several tests: with it the probability that any true null hypothesis among them is
/// rejected is at most `error`, however the tests depend on each other.
///
/// The least of m p-values must be at most error/m, the next at most error/(m − 1), and so on; the first that is not
/// stops the procedure.
public struct HolmCorrection: Sendable, Equatable {
  public struct Outcome: Sendable, Equatable {
    /// The p-value that may be compared with `error` itself.
    public let adjusted: Double
    /// What the plain p-value was compared with: its own step's share of `error`, or for tests behind the first that
    /// fails, that one's. So p ≤ threshold just where the test rejects, and an interval of level 1 − threshold leaves
    /// out 0 just there.
    public let threshold: Double
    public let isRejected: Bool
  }

  /// One for each p-value, in the order in which they were given.
  public let outcomes: [Outcome]

  public init(_ pValues: [Double], error: Double = 0.05) {
    let count = pValues.count
    let ranked = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
    var found = [Outcome?](repeating: nil, count: count)
    var adjusted = 0.0
    var failing: Double?
    for (rank, index) in ranked.enumerated() {
      let left = Double(count - rank)
      adjusted = max(adjusted, min(pValues[index] * left, 1))
      if failing == nil, pValues[index] > error / left { failing = error / left }
      found[index] = Outcome(
        adjusted: adjusted, threshold: failing ?? error / left, isRejected: failing == nil)
    }
    outcomes = found.compactMap { $0 }
  }

  /// The same where some comparisons have no test: these have no outcome, and the others are corrected without them.
  public static func outcomes(of pValues: [Double?]) -> [Outcome?] {
    var outcomes = HolmCorrection(pValues.compactMap { $0 }).outcomes.makeIterator()
    return pValues.map { $0 == nil ? nil : outcomes.next() }
  }
}
