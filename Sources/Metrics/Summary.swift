/// Mean and spread of a few numbers by Welford's recurrence, such as one metric over several sampling seeds.
public struct Summary: Sendable, Equatable {
  public private(set) var count = 0
  public private(set) var mean = 0.0
  private var squares = 0.0

  public init(of values: some Sequence<Double> = []) {
    for value in values { add(value) }
  }

  public mutating func add(_ value: Double) {
    count += 1
    let shift = value - mean
    mean += shift / Double(count)
    squares += shift * (value - mean)
  }

  /// Deviation with divisor count − 1; nil for fewer than two values.
  public var deviation: Double? { count > 1 ? (squares / Double(count - 1)).squareRoot() : nil }
  /// Deviation with divisor count.
  public var populationDeviation: Double { count > 0 ? (squares / Double(count)).squareRoot() : 0 }
  /// Standard error of the mean; nil for fewer than two values.
  public var standardError: Double? { deviation.map { $0 / Double(count).squareRoot() } }
}
