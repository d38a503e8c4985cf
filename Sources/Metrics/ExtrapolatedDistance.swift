import Randomness

/// The Fréchet distance extrapolated to infinitely many images, FID∞ (Chong and Forsyth 2020;
/// pipeline/method/metrics.md §12).
///
/// The distance of N images is too large by about c/N. It is measured at several N and the intercept of a
/// least-squares line in 1/N is the result. A size takes that many first images of one seeded permutation.
public struct ExtrapolatedDistance: Sendable, Equatable {
  /// What the generated images are compared with.
  public enum Reference: Sendable {
    /// Shrinks with the generated set, in the same proportion: the bias of both sides vanishes at infinity.
    case shrinking(FeatureSet)
    /// Stays as it is, such as statistics from a file: only the generated side's bias vanishes.
    case fixed(FrechetDistance.Factor)
  }

  public struct Point: Sendable, Equatable {
    /// Generated images.
    public let count: Int
    /// Reference images; nil where the reference is fixed.
    public let referenceCount: Int?
    public let distance: Double
  }

  public let points: [Point]
  /// The distance at infinitely many images.
  public let limit: Double
  /// What the distance falls by as 1/N falls by one.
  public let slope: Double

  /// Measures at `sizes` evenly spaced numbers of images from a fifth of the set to all of it.
  ///
  /// - Throws: `MetricError.tooFewForExtrapolation` when the smallest size is below half the dimension, where
  ///   the distance is not linear in 1/N any more; what `FrechetDistance` throws.
  public init(generated: FeatureSet, reference: Reference, sizes: Int = 15, seed: UInt64) throws {
    precondition(sizes > 1, "a line needs two points")
    let all = generated.count
    let smallest = all / 5
    var sides = [(generated.name, all, smallest)]
    if case .shrinking(let images) = reference { sides.append((images.name, images.count, images.count / 5)) }
    for (name, count, least) in sides where 2 * least < generated.dimension || least < 2 {
      throw MetricError.tooFewForExtrapolation(
        set: name, found: count, needed: 5 * max((generated.dimension + 1) / 2, 2))
    }
    var stream = RandomStream(seed: seed, purpose: "score.extrapolation")
    let order = stream.permutation(all)
    var referenceStream = RandomStream(seed: seed, purpose: "score.extrapolation.reference")
    var referenceOrder = [Int]()
    if case .shrinking(let images) = reference { referenceOrder = referenceStream.permutation(images.count) }
    points = try (0..<sizes).map { index in
      let count = smallest + (all - smallest) * index / (sizes - 1)
      let part = try FrechetDistance.Factor(generated.selecting(order.prefix(count)))
      switch reference {
      case .fixed(let factor):
        return Point(count: count, referenceCount: nil, distance: try FrechetDistance(part, factor).raw)
      case .shrinking(let images):
        let references = images.count * count / all
        let factor = try FrechetDistance.Factor(images.selecting(referenceOrder.prefix(references)))
        return Point(
          count: count, referenceCount: references, distance: try FrechetDistance(part, factor).raw)
      }
    }
    (limit, slope) = Self.line(through: points)
  }

  private static func line(through points: [Point]) -> (intercept: Double, slope: Double) {
    let inverse = points.map { 1 / Double($0.count) }
    let meanInverse = Summary(of: inverse).mean
    let meanDistance = Summary(of: points.map(\.distance)).mean
    var (products, squares) = (0.0, 0.0)
    for (x, point) in zip(inverse, points) {
      products += (x - meanInverse) * (point.distance - meanDistance)
      squares += (x - meanInverse) * (x - meanInverse)
    }
    let slope = products / squares
    return (meanDistance - slope * meanInverse, slope)
  }
}
