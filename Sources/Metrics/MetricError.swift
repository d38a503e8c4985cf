/// What can be wrong with the features or statistics that a metric is given.
public enum MetricError: Error, Equatable, CustomStringConvertible {
  /// A metric needs at least `needed` images in each set.
  case tooFewImages(metric: String, set: String, found: Int, needed: Int)
  /// Two sets whose images are compared in pairs have different sizes.
  case countsDiffer(first: String, firstCount: Int, second: String, secondCount: Int)
  /// A Fréchet distance of this dimension cannot be extrapolated from so few images.
  case tooFewForExtrapolation(set: String, found: Int, needed: Int)
  /// An image's features hold NaN or infinity.
  case notFinite(set: String, image: Int, feature: Int, found: Float)
  /// The two sets come from extractors of different width.
  case dimensionsDiffer(generated: Int, reference: Int)
  /// Values do not fill whole rows, or statistics do not fit their dimension.
  case wrongShape(set: String, expected: Int, found: Int)
  /// A matrix given as a covariance has a negative eigenvalue.
  case notACovariance(set: String, eigenvalue: Double, largest: Double)
  /// A LAPACK routine gave up.
  case notConverged(routine: String, info: Int)

  public var description: String {
    switch self {
    case .tooFewImages(let metric, let set, let found, let needed):
      "\(metric) needs at least \(needed) images in each set, found \(found) in \(set). "
        + "Generate or load more images."
    case .countsDiffer(let first, let firstCount, let second, let secondCount):
      "\(first) has \(firstCount) images and \(second) \(secondCount), but a paired test needs pairs. "
        + "Generate equally many, in the same order."
    case .tooFewForExtrapolation(let set, let found, let needed):
      "extrapolating to infinitely many images needs at least \(needed) images in each set, so that a fifth "
        + "of them reaches half the number of features; found \(found) in \(set). Use more images or features "
        + "of fewer dimensions."
    case .notFinite(let set, let image, let feature, let found):
      "image \(image) of \(set) has the value \(found) as feature \(feature), expected a finite number. "
        + "Look at that image; its features must be computed again."
    case .dimensionsDiffer(let generated, let reference):
      "generated features have \(generated) dimensions and reference features \(reference). "
        + "Compute both with the same extractor."
    case .wrongShape(let set, let expected, let found):
      "\(set) holds \(found) values, expected \(expected). Compute the features again."
    case .notACovariance(let set, let eigenvalue, let largest):
      "the covariance of \(set) has the eigenvalue \(eigenvalue) beside its largest \(largest), "
        + "so it is not a covariance. Compute the statistics again."
    case .notConverged(let routine, let info):
      "LAPACK's \(routine) failed with code \(info). Check the features for extreme values."
    }
  }
}
