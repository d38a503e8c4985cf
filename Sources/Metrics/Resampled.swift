import Randomness

/// Intervals for means over images, by resampling images with replacement.
///
/// Right for means over images (step distance, likelihood). Wrong for Fréchet distances, where repeated
/// images lower the rank and the interval misses the value itself: use `jackknife` or several sampling seeds
/// there.
public struct BootstrapInterval: Sendable, Equatable {
  public let mean: Double
  public let low: Double
  public let high: Double

  /// The percentile interval of the mean.
  ///
  /// - Parameters:
  ///   - values: one number per image; at least one.
  ///   - level: the probability inside, such as 0.95.
  public init(
    ofMean values: [Double], resamples: Int = 2000, level: Double = 0.95, seed: UInt64
  ) throws {
    guard !values.isEmpty else {
      throw MetricError.tooFewImages(metric: "a bootstrap interval", set: "the images", found: 0, needed: 1)
    }
    mean = Summary(of: values).mean
    var means = [Double]()
    means.reserveCapacity(resamples)
    for resample in 0..<resamples {
      var stream = RandomStream(seed: seed, purpose: "score.bootstrap", UInt64(resample))
      var sum = 0.0
      for _ in values.indices { sum += values[stream.below(values.count)] }
      means.append(sum / Double(values.count))
    }
    means.sort()
    func quantile(_ share: Double) -> Double {
      let place = share * Double(resamples - 1)
      let lower = Int(place)
      let upper = min(lower + 1, resamples - 1)
      return means[lower] + (means[upper] - means[lower]) * (place - Double(lower))
    }
    low = quantile((1 - level) / 2)
    high = quantile((1 + level) / 2)
  }
}

/// Standard errors of any statistic of a set of images, by leaving out one block of images at a time.
public enum Jackknife {
  /// The standard error √((b − 1)/b · Σ (θⱼ − θ̄)²) over b blocks of a seeded random split of 0..<count.
  ///
  /// - Parameter statistic: the statistic of the images at the given positions.
  /// - Throws: `MetricError.tooFewImages` for fewer images than blocks, and what `statistic` throws.
  public static func standardError(
    count: Int, blocks: Int, seed: UInt64, _ statistic: ([Int]) throws -> Double
  ) throws -> Double {
    try standardErrors(count: count, blocks: blocks, seed: seed) { [try statistic($0)] }[0]
  }

  /// The standard errors of several statistics that are computed together.
  ///
  /// - Parameter statistics: equally many numbers for any positions; called on several threads.
  public static func standardErrors(
    count: Int, blocks: Int, seed: UInt64, _ statistics: ([Int]) throws -> [Double]
  ) throws -> [Double] {
    guard blocks > 1, count >= blocks else {
      throw MetricError.tooFewImages(
        metric: "a jackknife of \(blocks) blocks", set: "the images", found: count, needed: max(blocks, 2))
    }
    var stream = RandomStream(seed: seed, purpose: "score.jackknife")
    let shuffled = stream.permutation(count)
    let values = try concurrently(blocks) { block in
      let left = block * count / blocks..<(block + 1) * count / blocks
      return try statistics((shuffled[..<left.lowerBound] + shuffled[left.upperBound...]).sorted())
    }
    return values[0].indices.map { index in
      Summary(of: values.map { $0[index] }).populationDeviation * Double(blocks - 1).squareRoot()
    }
  }
}
