import Files
import Metrics

/// A number by sampling seed, with its mean.
public protocol MeasuredBySeed {
  /// In the sequence of the seeds.
  var values: [Double] { get }
  var mean: Double { get }
  /// Of the mean; nil for one seed.
  var standardError: Double? { get }
}

/// A number by sampling seed and nothing else.
public struct SeedSpread: MeasuredBySeed, Codable, Equatable, Sendable {
  public let values: [Double]
  public let mean: Double
  @WrittenAsNull public private(set) var standardError: Double?

  enum CodingKeys: String, CodingKey {
    case values, mean
    case standardError = "standard_error"
  }

  public init(_ values: [Double]) {
    let summary = Summary(of: values)
    self.values = values
    mean = summary.mean
    standardError = summary.standardError
  }
}
