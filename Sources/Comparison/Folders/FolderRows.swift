import Files
import Metrics

extension LayerMeasurement {
  /// Says where covariances have too few images for their size.
  var rankWarnings: [String] {
    guard layer.role != .logits else { return [] }
    return rankDeficient.map { side in
      "\(grouped(side.count ?? 0)) images of \(side.path) are no more than the \(grouped(layer.dimension)) features "
        + "of \(layer.name): the covariance is rank-deficient, so the Fréchet distance is strongly biased "
        + "upwards and only compares equal numbers."
    }
  }

  /// A metric as rows of a table, a quantity each, with intervals.
  ///
  /// - Parameter remarks: takes what a reader must know beside the numbers.
  /// - Throws: `MetricError` for too few images.
  mutating func rows(_ metric: Metric, remarks: inout [String]) throws -> [FoldersRecord.Row] {
    let measured = try measure(metric)
    var errors = [Double]()
    // Several sets tell more than the images of one.
    if generated.count == 1, generated[0].set != nil {
      if losesRank(metric, ofSet: 0) {
        remarks.append(
          "\(name(of: .frechet)) has no interval: without a block of the \(grouped(generated[0].set?.count ?? 0)) "
            + "images its covariance is rank-deficient and bias rules. Generate several sets with seeds of their own "
            + "instead.")
      }
      errors = try standardErrors(metric, ofSet: 0) ?? []
    }
    if case .subsets(let sizes) = measured.first?.detail, let size = sizes.min(),
      size < settings.kernelSubsetSize
    {
      remarks.append(
        "Subsets of \(name(of: .kernelSubsets)) have \(grouped(size)) images instead of "
          + "\(grouped(settings.kernelSubsetSize)), since a set has no more; at such sizes read the estimate over "
          + "all images.")
    }
    return measured.enumerated().map { index, measured in
      row(metric, measured, error: errors.isEmpty ? nil : errors[index])
    }
  }

  private func row(_ metric: Metric, _ measured: Measured, error: Double?) -> FoldersRecord.Row {
    var interval = ScoreInterval(ofSets: measured.values)
    if measured.values.count == 1, let error {
      interval = ScoreInterval(
        jackknife: error, blocks: settings.jackknifeBlocks, around: measured.values[0])
    }
    return FoldersRecord.Row(
      metric: metric, name: name(of: measured.quantity), measured, interval: interval,
      generatedCounts: generated.map(\.count),
      referenceCount: metric == .inceptionScore ? nil : reference.count, dimension: layer.dimension)
  }
}

extension FoldersRecord.Row {
  fileprivate init(
    metric: Metric, name: String, _ measured: Measured, interval: ScoreInterval?, generatedCounts: [Int?],
    referenceCount: Int?, dimension: Int
  ) {
    var (k, sizes, splits) = (Int?.none, [Int]?.none, [[Double]]?.none)
    var (points, slopes, reference) = ([[FoldersRecord.Point]]?.none, [Double]?.none, String?.none)
    switch measured.detail {
    case .none: break
    case .neighbours(let found): k = found
    case .subsets(let found): sizes = found
    case .splits(let found): splits = found
    case .extrapolation(let found, let shrinks):
      points = found.map { distance in
        distance.points.map {
          FoldersRecord.Point(generated: $0.count, reference: $0.referenceCount, distance: $0.distance)
        }
      }
      slopes = found.map(\.slope)
      reference = shrinks ? "shrinks with the generated set" : "fixed"
    }
    self.init(
      metric: metric, name: name, mean: Summary(of: measured.values).mean, values: measured.values,
      raw: measured.raw, deviations: measured.deviations, interval: interval,
      generatedCounts: generatedCounts, referenceCount: referenceCount, dimension: dimension, k: k,
      subsetSizes: sizes, splits: splits, points: points, slopes: slopes, reference: reference)
  }
}
