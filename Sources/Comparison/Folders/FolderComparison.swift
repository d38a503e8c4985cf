import Features
import Metrics
import Shards
import StageKit

/// Real images against one or several generated sets: every metric that was asked for, of every layer.
public struct FolderComparison {
  public let real: ScoredSet
  public let generated: [ScoredSet]
  /// The set that the generated one is tested against; nil for none.
  public let against: ScoredSet?
  let settings: FolderSettings
  /// What all features are coordinates in.
  public let space: FeatureSpace
  /// Positions of the layers that are compared.
  private let layers: [Int]
  /// What a reader must know beside the numbers.
  public private(set) var warnings: [String]

  /// - Parameter names: layers to compare; none for all of them.
  /// - Throws: `ShardError.mismatch` when features come from different extractors; exit code 65 for a layer
  ///   that they lack.
  public init(
    real: ScoredSet, generated: [ScoredSet], against: ScoredSet?, layers names: [String],
    settings: FolderSettings
  ) throws {
    self.real = real
    self.generated = generated
    self.against = against
    self.settings = settings
    let sets = [real] + generated + (against.map { [$0] } ?? [])
    let space = try Self.commonSpace(of: sets)
    let known = space.layers.map(\.name)
    if let unknown = names.first(where: { !known.contains($0) }) {
      throw StageError(
        .badData,
        "The features are of \(known.joined(separator: ", ")), not of \(unknown). Name layers in --layers "
          + "that they have.")
    }
    self.space = space
    layers = known.indices.filter { names.isEmpty || names.contains(known[$0]) }
    warnings = sets.flatMap { set in set.summary?.warnings(for: set.path) ?? [] }
    if let summary = real.summary {
      for set in sets.dropFirst() {
        warnings += set.summary.map { summary.warnings(against: $0, real.path, set.path) } ?? []
      }
    }
    for set in sets where set.file != nil && set.file?.extractor == nil && set.file?.statistics != nil {
      warnings.append(
        "\(set.path) does not say which network and resizing its statistics are of: make sure that they are "
          + "the same.")
    }
  }

  /// The extractor of all features. Statistics that name theirs must name the same weights and resizing.
  private static func commonSpace(of sets: [ScoredSet]) throws -> FeatureSpace {
    let named = sets.compactMap { set in
      (set.features?.space ?? set.file?.extractor.flatMap { FeatureSpace($0) }).map { (set.path, $0) }
    }
    // Features say more than statistics, which may be of fewer layers.
    guard let first = sets.compactMap(\.features).first?.space ?? named.first?.1 else {
      let dimension = sets.compactMap { $0.file?.statistics?.mean.count }.first ?? 1
      let supplied = FeatureSpace(supplied: "statistics", dimension: dimension)
      // mu_s and sigma_s are guided-diffusion's names for one network's spatial features.
      let spatial = FeatureSpace.Layer.inceptionSpatial
      guard sets.allSatisfy({ $0.file?.spatial?.mean.count == spatial.dimension }) else { return supplied }
      return FeatureSpace(layers: supplied.layers + [spatial], resize: supplied.resize, weights: "")
    }
    for (path, other) in named
    where other.resize != first.resize || other.weights != first.weights
      || !other.layers.allSatisfy(first.layers.contains)
    {
      throw ShardError.mismatch(path: path, expected: "features by \(first)", found: "features by \(other)")
    }
    for set in sets {
      guard let other = set.features?.space, other != first else { continue }
      throw ShardError.mismatch(
        path: set.path, expected: "features by \(first)", found: "features by \(other)")
    }
    return first
  }

  /// All sets by what they are: "real", "fake" or "against".
  public var sets: [(role: String, set: ScoredSet)] {
    [("real", real)] + generated.map { ("fake", $0) } + (against.map { [("against", $0)] } ?? [])
  }

  /// Measures the metrics.
  ///
  /// - Parameter strictly: whether a metric that cannot be measured is an error; otherwise it is left out with
  ///   a warning.
  /// - Throws: exit code 65 for a metric that cannot be measured, and for a result that is not finite.
  public mutating func rows(_ metrics: [Metric], strictly: Bool) throws -> [FoldersRecord.Row] {
    var rows = [FoldersRecord.Row]()
    var measured = Set<Metric>()
    for index in layers {
      guard metrics.contains(where: { $0.role == space.layers[index].role }) else { continue }
      var measurement = try measurement(index, generated)
      warnings += measurement.rankWarnings
      var remarks = [String]()
      for metric in metrics where measurement.allows(metric) {
        do {
          rows += try measurement.rows(metric, remarks: &remarks)
        } catch let error as MetricError where !strictly && metric != .fid && error.isForWantOfImages {
          warnings.append("\(metric.rawValue) is left out: \(error)")
        }
        measured.insert(metric)
      }
      warnings += remarks
    }
    for metric in metrics where !measured.contains(metric) && (strictly || metric.role == .features) {
      let reason =
        "\(metric.rawValue) cannot be measured with what \(real.path) and \(generated.map(\.path).joined(separator: ", ")) "
        + "hold: \(need(metric))"
      guard !strictly else { throw StageError(.badData, reason + " Give other sets or leave it out.") }
      warnings.append(reason)
    }
    for row in rows {
      guard let bad = row.raw.firstIndex(where: { !$0.isFinite }) else { continue }
      throw StageError(
        .badData,
        "\(row.name) of \(generated[bad].path) is \(row.raw[bad]), expected a finite number. Look at the "
          + "features for extreme values.")
    }
    return rows
  }

  /// Some sets against the real one in one layer.
  private func measurement(_ index: Int, _ sets: [ScoredSet]) throws -> LayerMeasurement {
    func side(_ set: ScoredSet) throws -> LayerSide {
      try LayerSide(set, space, layer: index, name: "the images of \(set.path)")
    }
    return LayerMeasurement(
      space, layer: index, reference: try side(real), generated: try sets.map(side),
      settings: MeasurementSettings(settings))
  }

  private func need(_ metric: Metric) -> String {
    switch metric.role {
    case .logits: "it needs logits of Inception, 1008 for every image."
    case .spatial: "it needs spatial features of Inception, 2023 for every image, or mu_s and sigma_s."
    case .features:
      metric.needsStatisticsOnly
        ? "it needs features or statistics of one network."
        : "it needs images or features, not statistics alone."
    }
  }

  /// Tests whether the generated set and the other differ.
  ///
  /// - Throws: `MetricError.countsDiffer` when their images do not pair up; exit code 65 without features.
  public func differences(_ metrics: [Metric]) throws -> [FoldersRecord.Difference] {
    guard let against, let first = generated.first else { return [] }
    return try layers.flatMap { index -> [FoldersRecord.Difference] in
      guard space.layers[index].role != .logits else { return [] }
      var measurement = try measurement(index, [first, against])
      guard measurement.generated.allSatisfy({ $0.set != nil }) else {
        throw StageError(
          .badData, "\(first.path) and \(against.path) must be images or features to be tested in pairs.")
      }
      return try metrics.compactMap { metric in
        try measurement.pairedTest(metric, permutations: settings.permutations).map { test in
          FoldersRecord.Difference(
            name: measurement.name(of: metric.quantities[0]), difference: test.difference,
            pValue: test.pValue, permutations: test.permutations)
        }
      }
    }
  }
}

extension MetricError {
  /// Whether more images would help.
  var isForWantOfImages: Bool {
    switch self {
    case .tooFewImages, .tooFewForExtrapolation: true
    default: false
    }
  }
}
