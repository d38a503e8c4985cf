import Checkpoints
import Metrics
import Shards

/// One side of a comparison with all that is known of it.
struct ScoredSet {
  let path: String
  /// Nil where there are statistics only.
  let features: LoadedFeatures?
  /// Statistics from a file, which replace those of the features.
  let file: ReferenceFile?
  let pictures: (any Pictures)?
  let summary: PictureSummary?
  let inputs: [Provenance.Input]

  var count: Int? { features?.count ?? file?.count }
}

/// Both sides of a comparison in one layer.
struct LayerComparison {
  /// One set in this layer.
  struct Side {
    let path: String
    /// Nil where there are statistics only.
    let set: FeatureSet?
    /// Nil for logits.
    let factor: FrechetDistance.Factor?
    /// The number of images behind the factor; nil when a file does not say.
    let count: Int?

    /// - Throws: `MetricError` for too few images, statistics of another dimension, or a covariance that is
    ///   none.
    init(_ scored: ScoredSet, _ extractor: Extractor, layer index: Int, name: String) throws {
      let layer = extractor.layers[index]
      path = scored.path
      let set = try scored.features.map { try $0.set(name, layer: index, images: 0..<$0.count) }
      self.set = set
      let given = layer.role == .spatial ? scored.file?.spatial : scored.file?.statistics
      if layer.role == .logits {
        factor = nil
        count = set?.count
      } else if let given {
        guard given.mean.count == layer.dimension else {
          throw CheckpointError.mismatch(
            path: scored.path, expected: "statistics of \(layer.dimension) features, as of \(layer.name)",
            found: "statistics of \(given.mean.count)")
        }
        factor = try FrechetDistance.Factor(
          FeatureStatistics(
            scored.path, count: scored.file?.count ?? 0, mean: given.mean, covariance: given.covariance))
        count = scored.file?.count
      } else {
        factor = try set.map { try FrechetDistance.Factor($0) }
        count = set?.count
      }
    }
  }

  let extractor: Extractor
  let layer: Extractor.Layer
  let real: Side
  let generated: [Side]

  init(_ extractor: Extractor, layer index: Int, real: ScoredSet, generated: [ScoredSet]) throws {
    self.extractor = extractor
    layer = extractor.layers[index]
    self.real = try Side(real, extractor, layer: index, name: "the images of \(real.path)")
    self.generated = try generated.map {
      try Side($0, extractor, layer: index, name: "the images of \($0.path)")
    }
  }

  /// Whether the metric can be measured with what both sides hold.
  func allows(_ metric: FolderMetric) -> Bool {
    guard metric.role == layer.role else { return false }
    if metric.needsStatisticsOnly { return ([real] + generated).allSatisfy { $0.factor != nil } }
    if metric == .fidInfinity {
      return real.factor != nil && generated.allSatisfy { $0.set != nil }
    }
    let all = metric == .inceptionScore ? generated : [real] + generated
    return all.allSatisfy { $0.set != nil }
  }

  /// The name of a quantity of a metric.
  func name(_ quantity: String) -> String { extractor.metric(quantity, layer) }

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
