import Foundation

/// The ratio of two distances over paired repetitions: its geometric mean, with Student's t on the logarithms, since a
/// ratio of ½ is as far from 1 as one of 2.
public struct PairedRatio: Sendable, Equatable {
  public let ratio: Double
  /// Of the logarithms; its null hypothesis is a ratio of 1.
  public let test: PairedTTest?

  /// Nil without a pair, and where a value is not positive.
  public init?(_ pairs: [(numerator: Double, denominator: Double)]) {
    guard !pairs.isEmpty, pairs.allSatisfy({ $0.numerator > 0 && $0.denominator > 0 }) else { return nil }
    let logarithms = pairs.map { log($0.numerator / $0.denominator) }
    ratio = exp(Summary(of: logarithms).mean)
    test = PairedTTest(logarithms)
  }

  /// The interval that holds the true ratio with probability `level`; nil without a test.
  public func interval(level: Double) -> ClosedRange<Double>? {
    test.map { test in
      let interval = test.interval(level: level)
      return exp(interval.lowerBound)...exp(interval.upperBound)
    }
  }
}
