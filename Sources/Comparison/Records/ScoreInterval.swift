import Metrics

/// A 95 % interval around a number, by one of two methods.
public struct ScoreInterval: Codable, Equatable, Sendable {
  /// How it was found, in words.
  public let method: String
  /// The probability inside.
  public let level: Double
  public let standardError: Double
  public let low: Double
  public let high: Double

  enum CodingKeys: String, CodingKey {
    case method, level, low, high
    case standardError = "standard_error"
  }

  /// Around the mean of several generated sets, each drawn with a seed of its own; nil for one set.
  init?(ofSets values: [Double]) {
    let summary = Summary(of: values)
    guard let error = summary.standardError else { return nil }
    self.init(
      "Student's t over \(values.count) generated sets", around: summary.mean, error,
      degrees: values.count - 1)
  }

  /// Around one value, by a jackknife over blocks of generated images.
  init(jackknife error: Double, blocks: Int, around value: Double) {
    self.init("jackknife of \(blocks) blocks of generated images", around: value, error, degrees: blocks - 1)
  }

  private init(_ method: String, around value: Double, _ error: Double, degrees: Int) {
    level = 0.95
    let reach = StudentT.critical(level: level, degrees: degrees) * error
    self.method = method
    standardError = error
    low = value - reach
    high = value + reach
  }
}
