import Features
import Formats
import Metrics

/// One side of a comparison in one layer.
struct LayerSide: Sendable {
  let path: String
  /// Nil where there are statistics only.
  let set: FeatureSet?
  /// From a file, which go before those of the features.
  let statistics: FeatureStatistics?
  /// The number of images behind a distance; nil when a file does not say.
  let count: Int?

  /// Whether there is something to measure a Fréchet distance with.
  var hasFactor: Bool { statistics != nil || set != nil }

  /// Features alone.
  init(_ set: FeatureSet) {
    path = set.name
    self.set = set
    statistics = nil
    count = set.count
  }

  /// - Parameter name: what messages call the images.
  /// - Throws: `MetricError.notFinite`; `FormatError.mismatch` for statistics of another dimension.
  init(_ scored: ScoredSet, _ space: FeatureSpace, layer index: Int, name: String) throws {
    let layer = space.layers[index]
    path = scored.path
    set = try scored.features.map { try $0.set(name, layer: index, images: 0..<$0.count) }
    let given: ReferenceFile.Statistics?
    switch layer.role {
    case .features: given = scored.file?.statistics
    case .spatial: given = scored.file?.spatial
    case .logits: given = nil
    }
    if let given, given.mean.count != layer.dimension {
      throw FormatError.mismatch(
        path: scored.path, expected: "statistics of \(layer.dimension) features, as of \(layer.name)",
        found: "statistics of \(given.mean.count)")
    }
    statistics = try given.map {
      try FeatureStatistics(
        scored.path, count: scored.file?.count ?? 0, mean: $0.mean, covariance: $0.covariance)
    }
    count = given == nil ? set?.count : scored.file?.count
  }

  /// What Fréchet distances are measured with. Takes seconds for thousands of features.
  ///
  /// - Throws: `MetricError` for too few images or a covariance that is none.
  func factor() throws -> FrechetDistance.Factor? {
    if let statistics { return try FrechetDistance.Factor(statistics) }
    return try set.map { try FrechetDistance.Factor($0) }
  }
}
