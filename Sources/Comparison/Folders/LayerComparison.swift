import Features
import Files
import Formats
import Metrics

/// Both sides of a comparison in one layer.
struct LayerComparison {
  /// One set in this layer.
  struct Side {
    let path: String
    /// Nil where there are statistics only.
    let set: FeatureSet?
    /// From a file, which go before those of the features.
    let statistics: FeatureStatistics?
    /// The number of images behind a distance; nil when a file does not say.
    let count: Int?

    /// Whether there is something to measure a Fréchet distance with.
    var hasFactor: Bool { statistics != nil || set != nil }

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

  let space: FeatureSpace
  let layer: FeatureSpace.Layer
  let real: Side
  let generated: [Side]

  init(_ space: FeatureSpace, layer index: Int, real: ScoredSet, generated: [ScoredSet]) throws {
    self.space = space
    layer = space.layers[index]
    self.real = try Side(real, space, layer: index, name: "the images of \(real.path)")
    self.generated = try generated.map {
      try Side($0, space, layer: index, name: "the images of \($0.path)")
    }
  }

  /// Whether the metric can be measured with what both sides hold.
  func allows(_ metric: FolderMetric) -> Bool {
    guard metric.role == layer.role else { return false }
    if metric.needsStatisticsOnly { return ([real] + generated).allSatisfy(\.hasFactor) }
    if metric == .fidInfinity {
      return real.hasFactor && generated.allSatisfy { $0.set != nil }
    }
    let all = metric == .inceptionScore ? generated : [real] + generated
    return all.allSatisfy { $0.set != nil }
  }

  /// The name of a quantity of a metric.
  func name(_ quantity: String) -> String { space.metric(quantity, layer) }

  /// Says where covariances have too few images for their size.
  func warnings() -> [String] {
    guard layer.role != .logits else { return [] }
    return ([real] + generated).compactMap { side in
      guard let count = side.count, count > 0, count <= layer.dimension else { return nil }
      return
        "\(grouped(count)) images of \(side.path) are no more than the \(grouped(layer.dimension)) features "
        + "of \(layer.name): the covariance is rank-deficient, so the Fréchet distance is strongly biased "
        + "upwards and only compares equal numbers."
    }
  }
}
