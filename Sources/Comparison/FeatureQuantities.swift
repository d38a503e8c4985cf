import Metrics

/// The numbers that compare two sets of features of one layer.
public struct FeatureQuantities: Sendable {
  /// What a number is called in JSON and in names such as FD(extractor).
  public enum Quantity: String, CaseIterable, Sendable {
    case frechet, kernel, kernelSubsets = "kernel_subsets", precision, recall, density, coverage

    /// The beginning of its name.
    public var symbol: String {
      switch self {
      case .frechet: "FD"
      case .kernel: "KD"
      case .kernelSubsets: "KD-subsets"
      default: rawValue
      }
    }
  }

  /// As computed; Fréchet distances may be a hair below 0.
  let raw: [Quantity: Double]
  /// As they are printed.
  let values: [Quantity: Double]
  let rankDeficient: Bool

  init(generated: FeatureSet, reference: FeatureSet, settings: ScoreSection) throws {
    let frechet = try FrechetDistance(generated: generated, reference: reference)
    let neighbours = try NeighbourCoverage(generated: generated, reference: reference, k: settings.neighbours)
    var raw: [Quantity: Double] = [
      .frechet: frechet.raw, .kernel: try KernelDistance.full(generated: generated, reference: reference),
      // The field's conventions: a ball's surface belongs to it for precision and recall only.
      .precision: neighbours.inclusive.precision, .recall: neighbours.inclusive.recall,
      .density: neighbours.strict.density, .coverage: neighbours.strict.coverage,
    ]
    if settings.kernelSubsets > 0 {
      raw[.kernelSubsets] =
        try KernelDistance.subsets(
          generated: generated, reference: reference, count: settings.kernelSubsets,
          size: settings.kernelSubsetSize
        ).mean
    }
    self.raw = raw
    values = raw.merging([.frechet: frechet.value]) { _, shown in shown }
    rankDeficient = frechet.rankDeficient
  }
}
