/// Student's paired t-test: whether the mean of paired differences is further from 0 than chance puts it.
///
/// What repeats is a pair, such as one sampling seed with which two arms were sampled: what the seed does to both
/// leaves the difference.
public struct PairedTTest: Sendable, Equatable {
  public let count: Int
  /// Mean of A − B.
  public let difference: Double
  /// Of the mean difference.
  public let standardError: Double
  /// Degrees of freedom, pairs − 1.
  public var degrees: Int { count - 1 }
  public var t: Double { difference / standardError }
  /// Two-sided.
  public let pValue: Double

  /// Nil for fewer than two pairs, for differences that are not finite, and for differences that are all equal: then
  /// there is no spread to judge by. (Draws that do not depend on the seed give such differences.)
  public init?(_ differences: [Double]) {
    let summary = Summary(of: differences)
    guard let error = summary.standardError, error.isFinite, error > abs(summary.mean) * 1e-12, error > 0
    else { return nil }
    count = summary.count
    difference = summary.mean
    standardError = error
    pValue = StudentT.pValue(t: summary.mean / error, degrees: summary.count - 1)
  }

  /// The interval that holds the true mean difference with probability `level`.
  public func interval(level: Double) -> ClosedRange<Double> {
    let reach = StudentT.critical(level: level, degrees: degrees) * standardError
    return difference - reach...difference + reach
  }
}
