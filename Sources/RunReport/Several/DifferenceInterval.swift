import Foundation
import Metrics

/// How far a number of run B lies from the same number of run A, B − A, and how sure that is.
struct DifferenceInterval: Equatable {
  let mean: Double
  /// Of the mean.
  let standardError: Double
  /// Of Student's t; nil for a normal interval, where the error comes from many images.
  let degrees: Int?
  /// What the interval is over, in words.
  let method: String

  /// Over sampling seeds: in pairs where both runs sampled with the same seeds in the same sequence, else as two samples of
  /// unequal spread (Welch, with the degrees of freedom rounded down).
  /// - Returns: nil where a run has one seed only, which has no spread.
  init?(a: [Double], seedsA: [UInt64], b: [Double], seedsB: [UInt64]) {
    guard a.count > 1, b.count > 1 else { return nil }
    if seedsA == seedsB, a.count == b.count {
      let differences = Summary(of: zip(a, b).map { $1 - $0 })
      mean = differences.mean
      standardError = differences.standardError ?? 0
      degrees = a.count - 1
      method = "paired t over \(a.count) sampling seeds"
      return
    }
    let (first, second) = (Summary(of: a), Summary(of: b))
    let (varianceA, varianceB) = (Self.square(first.standardError), Self.square(second.standardError))
    let total = varianceA + varianceB
    let parts = varianceA * varianceA / Double(a.count - 1) + varianceB * varianceB / Double(b.count - 1)
    mean = second.mean - first.mean
    standardError = total.squareRoot()
    degrees = parts > 0 ? max(Int(total * total / parts), 1) : min(a.count, b.count) - 1
    method = "Welch's t over \(a.count) and \(b.count) sampling seeds"
  }

  /// Of two means over images with their standard errors, as of two independent samples: over the same images the
  /// difference is known better than that.
  init(a: Double, errorA: Double, b: Double, errorB: Double) {
    mean = b - a
    standardError = (errorA * errorA + errorB * errorB).squareRoot()
    degrees = nil
    method = "normal over images, unpaired"
  }

  private static func square(_ value: Double?) -> Double { (value ?? 0) * (value ?? 0) }

  /// The half width of the interval that holds the difference with probability `level`.
  func halfWidth(level: Double) -> Double {
    standardError
      * (degrees.map { StudentT.critical(level: level, degrees: $0) } ?? Self.normal(level: level))
  }

  /// Whether zero lies outside of the interval. Differences that are all equal have no spread to judge by.
  func excludesZero(level: Double) -> Bool {
    standardError > 1e-9 * abs(mean) && abs(mean) > halfWidth(level: level)
  }

  /// What a standard normal variable exceeds in size with probability 1 − level, by bisection.
  private static func normal(level: Double) -> Double {
    var (low, high) = (0.0, 40.0)
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if erfc(middle / 2.0.squareRoot()) > 1 - level { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
