import Files
import Metrics

/// The metrics of one layer.
struct FolderMeasurement {
  let settings: FolderSettings
  let layer: LayerComparison
  /// What a reader must know beside the numbers.
  private(set) var warnings: [String] = []
  private var coverage: (values: [[Double]], errors: [Double])?

  init(_ layer: LayerComparison, settings: FolderSettings) {
    self.layer = layer
    self.settings = settings
  }

  /// The rows of a metric that this layer allows.
  ///
  /// - Throws: `MetricError` for too few images.
  mutating func rows(_ metric: FolderMetric) throws -> [FolderRow] {
    switch metric {
    case .fid, .sfid: [try frechet(metric)]
    case .fidInfinity: [try extrapolated()]
    case .kid: [try kernel()]
    case .kidSubsets: [try kernelSubsets()]
    case .inceptionScore: [try inceptionScore()]
    case .precisionRecall, .densityCoverage: try neighbours(metric)
    }
  }

  private var reference: FeatureSet? { layer.real.set }
  private var sets: [FeatureSet] { layer.generated.compactMap(\.set) }

  private func row(
    _ metric: FolderMetric, _ quantity: String, raw: [Double], values: [Double]? = nil,
    deviations: [Double] = [], errors: [Double] = [], details: [String: JSONValue] = [:],
    withoutReference: Bool = false
  ) -> FolderRow {
    let values = values ?? raw
    var interval = ScoreInterval(ofSets: values)
    if values.count == 1, let error = errors.first {
      interval = ScoreInterval(jackknife: error, blocks: settings.jackknifeBlocks, around: values[0])
    }
    return FolderRow(
      metric: metric, name: layer.name(quantity), raw: raw, values: values, deviations: deviations,
      interval: interval, generatedCounts: layer.generated.map(\.count),
      referenceCount: withoutReference ? nil : layer.real.count, dimension: layer.layer.dimension,
      details: details)
  }

  private mutating func frechet(_ metric: FolderMetric) throws -> FolderRow {
    guard let target = try layer.real.factor() else { return row(metric, "FD", raw: []) }
    let distances = try layer.generated.compactMap { try $0.factor() }.map { try FrechetDistance($0, target) }
    let errors = try jackknife(metric) { set in [try FrechetDistance(FrechetDistance.Factor(set), target).raw]
    }
    return row(
      metric, "FD", raw: distances.map(\.raw), values: distances.map(\.value), errors: errors)
  }

  private func extrapolated() throws -> FolderRow {
    let target: ExtrapolatedDistance.Reference
    if let reference {
      target = .shrinking(reference)
    } else if let factor = try layer.real.factor() {
      target = .fixed(factor)
    } else {
      return row(.fidInfinity, "FD-infinity", raw: [])
    }
    let found = try sets.map {
      try ExtrapolatedDistance(generated: $0, reference: target, seed: settings.seed)
    }
    let points = found.map { distance in
      JSONValue.array(
        distance.points.map { point in
          [
            "generated": .integer(point.count),
            "reference": point.referenceCount.map(JSONValue.integer) ?? .null,
            "distance": .number(point.distance),
          ]
        })
    }
    return row(
      .fidInfinity, "FD-infinity", raw: found.map(\.limit),
      details: [
        "points": .array(points), "slopes": .array(found.map { .number($0.slope) }),
        "reference": .string(reference == nil ? "fixed" : "shrinks with the generated set"),
      ])
  }

  private mutating func kernel() throws -> FolderRow {
    guard let reference else { return row(.kid, "KD", raw: []) }
    let errors = try jackknife(.kid) { set in
      [try KernelDistance.full(generated: set, reference: reference)]
    }
    return row(
      .kid, "KD", raw: try sets.map { try KernelDistance.full(generated: $0, reference: reference) },
      errors: errors)
  }

  private mutating func kernelSubsets() throws -> FolderRow {
    guard let reference else { return row(.kidSubsets, "KD-subsets", raw: []) }
    let found = try sets.map {
      try KernelDistance.subsets(
        generated: $0, reference: reference, count: settings.kidSubsets, size: settings.kidSubsetSize,
        seed: FolderSettings.fidelitySeed)
    }
    if let size = found.map(\.size).min(), size < settings.kidSubsetSize {
      warnings.append(
        "Subsets of \(layer.name("KD-subsets")) have \(grouped(size)) images instead of "
          + "\(grouped(settings.kidSubsetSize)), since a set has no more; at such sizes read the estimate over "
          + "all images.")
    }
    return row(
      .kidSubsets, "KD-subsets", raw: found.map(\.mean), deviations: found.map(\.deviation),
      details: ["subset_sizes": .array(found.map { .integer($0.size) })])
  }

  private func inceptionScore() throws -> FolderRow {
    let division: InceptionScore.Division =
      settings.chunks
      ? .chunks(of: FolderSettings.chunkSize)
      : .shuffled(splits: settings.splits, seed: FolderSettings.fidelitySeed)
    let scores = try sets.map { try InceptionScore(logits: $0, division: division) }
    return row(
      .inceptionScore, "IS", raw: scores.map(\.mean), deviations: scores.map(\.deviation),
      details: ["splits": .array(scores.map { .array($0.splits.map(JSONValue.number)) })],
      withoutReference: true)
  }

  /// Precision and recall with a ball's surface inside, density and coverage with it outside, as the field
  /// reads them.
  private mutating func neighbours(_ metric: FolderMetric) throws -> [FolderRow] {
    let found = try coverage ?? measureNeighbours()
    coverage = found
    let first = metric == .precisionRecall ? 0 : 2
    return metric.quantities.enumerated().map { index, quantity in
      row(
        metric, quantity, raw: found.values.map { $0[first + index] },
        errors: found.errors.isEmpty ? [] : [found.errors[first + index]],
        details: ["k": .integer(settings.neighbours)])
    }
  }

  /// Precision, recall, density and coverage of every generated set, which are measured together, and their
  /// standard errors.
  private mutating func measureNeighbours() throws -> (values: [[Double]], errors: [Double]) {
    guard let reference else { return ([], []) }
    let k = settings.neighbours
    func measure(_ set: FeatureSet) throws -> [Double] {
      let found = try NeighbourCoverage(generated: set, reference: reference, k: k)
      return [
        found.inclusive.precision, found.inclusive.recall, found.strict.density, found.strict.coverage,
      ]
    }
    return (try sets.map(measure), try jackknife(.precisionRecall, measure))
  }

  /// Standard errors of the quantities of a single generated set by leaving out blocks of its images; empty
  /// where none are wanted, where several sets give better ones, or where a covariance would lose its rank.
  private mutating func jackknife(
    _ metric: FolderMetric, _ statistics: (FeatureSet) throws -> [Double]
  ) throws -> [Double] {
    let blocks = settings.jackknifeBlocks
    guard blocks > 1, layer.generated.count == 1 else { return [] }
    guard let set = sets.first else { return [] }
    if metric.needsStatisticsOnly, set.count - (set.count + blocks - 1) / blocks <= layer.layer.dimension {
      warnings.append(
        "\(layer.name("FD")) has no interval: without a block of the \(grouped(set.count)) images its "
          + "covariance is rank-deficient and bias rules. Generate several sets with seeds of their own "
          + "instead.")
      return []
    }
    return try Jackknife.standardErrors(count: set.count, blocks: blocks, seed: settings.seed) { images in
      try statistics(set.selecting(images))
    }
  }
}
