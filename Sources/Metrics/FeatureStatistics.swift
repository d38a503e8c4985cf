/// Mean and covariance (divisor count − 1) of a set of features, in doubles.
///
/// Computed in two passes from features, merged by the formula of Chan, Golub and LeVeque (1983), or read
/// from a file of reference statistics. E[xx] − E[x]² is never formed.
public struct FeatureStatistics: Sendable, Equatable {
  public let name: String
  /// The number of images behind the numbers; 0 when a file does not say.
  public let count: Int
  public let mean: [Double]
  /// Row-major, dimension × dimension.
  public let covariance: [Double]

  public var dimension: Int { mean.count }

  /// Statistics from elsewhere.
  ///
  /// - Throws: `MetricError.wrongShape` when the covariance is not dimension × dimension,
  ///   `MetricError.notFinite`.
  public init(_ name: String, count: Int, mean: [Double], covariance: [Double]) throws {
    guard !mean.isEmpty, covariance.count == mean.count * mean.count else {
      throw MetricError.wrongShape(
        set: "the covariance of \(name)", expected: mean.count * mean.count, found: covariance.count)
    }
    for (index, value) in (mean + covariance).enumerated() where !value.isFinite {
      throw MetricError.notFinite(
        set: "the statistics of \(name)", image: 0, feature: index % mean.count, found: Float(value))
    }
    self.name = name
    self.count = count
    self.mean = mean
    self.covariance = covariance
  }

  /// - Throws: `MetricError.tooFewImages` for fewer than two images.
  public init(of features: FeatureSet) throws {
    guard features.count >= 2 else {
      throw MetricError.tooFewImages(
        metric: "a covariance", set: features.name, found: features.count, needed: 2)
    }
    let (mean, centred) = features.centred()
    let columns = centred.transposed()
    let divisor = Double(features.count - 1)
    try self.init(
      features.name, count: features.count, mean: mean,
      covariance: columns.timesTransposed(columns).values.map { $0 / divisor })
  }

  /// The statistics of the union of two disjoint sets.
  public func merged(with other: FeatureStatistics) throws -> FeatureStatistics {
    guard dimension == other.dimension else {
      throw MetricError.dimensionsDiffer(generated: dimension, reference: other.dimension)
    }
    let (n1, n2) = (Double(count), Double(other.count))
    let total = n1 + n2
    let shift = zip(mean, other.mean).map { $1 - $0 }
    var covariance = [Double](repeating: 0, count: dimension * dimension)
    for i in 0..<dimension {
      for j in 0..<dimension {
        let at = i * dimension + j
        let sum =
          self.covariance[at] * (n1 - 1) + other.covariance[at] * (n2 - 1) + shift[i] * shift[j] * n1 * n2
          / total
        covariance[at] = sum / (total - 1)
      }
    }
    return try FeatureStatistics(
      name, count: count + other.count, mean: zip(mean, shift).map { $0 + $1 * n2 / total },
      covariance: covariance)
  }
}

extension FeatureSet {
  /// The mean of every feature (two passes, so that large offsets lose nothing) and the values minus that
  /// mean.
  func centred() -> (mean: [Double], values: DoubleMatrix) {
    let count = count
    var mean = [Double](repeating: 0, count: dimension)
    for pass in 0..<2 {
      var sum = [Double](repeating: 0, count: dimension)
      let offset = pass == 0 ? [Double](repeating: 0, count: dimension) : mean
      for row in 0..<count {
        for column in 0..<dimension {
          sum[column] += Double(values[row * dimension + column]) - offset[column]
        }
      }
      for column in 0..<dimension { mean[column] = offset[column] + sum[column] / Double(max(count, 1)) }
    }
    var centred = [Double](repeating: 0, count: values.count)
    for row in 0..<count {
      for column in 0..<dimension {
        centred[row * dimension + column] = Double(values[row * dimension + column]) - mean[column]
      }
    }
    return (mean, DoubleMatrix(rows: count, columns: dimension, values: centred))
  }
}
