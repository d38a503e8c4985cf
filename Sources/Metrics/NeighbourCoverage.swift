import Kernels

/// Precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020) over balls that
/// reach from every image to its k-th nearest other image of its own set.
///
/// The field counts an image on a ball's surface as inside for precision and recall, and as outside for
/// density and coverage; the two differ only where images repeat, which is just what a collapsed generator
/// does. Both readings are given. Pairs near a surface are compared by exact differences, since products
/// leave ±10⁻⁷ instead of 0.
public struct NeighbourCoverage: Sendable, Equatable {
  public struct Scores: Sendable, Equatable {
    /// Share of generated images inside at least one ball around a reference image.
    public let precision: Double
    /// Share of reference images inside at least one ball around a generated image.
    public let recall: Double
    /// Mean number of reference balls that hold a generated image, divided by k.
    public let density: Double
    /// Share of reference images whose own ball holds a generated image.
    public let coverage: Double
  }

  /// With a ball's surface inside (`<=`).
  public let inclusive: Scores
  /// With a ball's surface outside (`<`).
  public let strict: Scores
  public let k: Int

  /// - Throws: `MetricError.dimensionsDiffer`; `MetricError.tooFewImages` when a set has no more than `k`
  ///   images.
  public init(generated: FeatureSet, reference: FeatureSet, k: Int) throws {
    precondition(k > 0, "a neighbourhood has at least one neighbour")
    try FeatureSet.check(
      "precision and recall with k = \(k)", generated: generated, reference: reference, needed: k + 1)
    let x = DistanceSet(generated)
    let y = DistanceSet(reference)
    let generatedRadii = x.squaredRadii(k: k)
    let referenceRadii = y.squaredRadii(k: k)
    let inReference = x.membership(of: y, radii: referenceRadii)
    let inGenerated = y.membership(of: x, radii: generatedRadii)
    func scores(_ points: DistanceSet.Membership, _ others: DistanceSet.Membership) -> Scores {
      Scores(
        precision: Double(points.balls.count { $0 > 0 }) / Double(generated.count),
        recall: Double(others.balls.count { $0 > 0 }) / Double(reference.count),
        density: Double(points.balls.reduce(0, +)) / Double(k * generated.count),
        coverage: Double(points.covered.count { $0 }) / Double(reference.count))
    }
    self.k = k
    inclusive = scores(inReference.inclusive, inGenerated.inclusive)
    strict = scores(inReference.strict, inGenerated.strict)
  }
}
