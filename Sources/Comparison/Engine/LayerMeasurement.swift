import Features
import Kernels
import Metrics

/// Measures generated sets against one reference in one layer: whatever `score` compares, its numbers come from here.
///
/// A number is a function of one generated set, the reference and the settings; the other sets are company.
struct LayerMeasurement {
  let space: FeatureSpace
  let layer: FeatureSpace.Layer
  let reference: LayerSide
  let generated: [LayerSide]
  let settings: MeasurementSettings
  /// What was measured already and is needed again.
  private var target: FrechetDistance.Factor?
  private var neighbourhoods: [NeighbourCoverage]?
  private var neighbourErrors: [Int: [Double]] = [:]

  /// - Parameter index: the layer's position in the space.
  init(
    _ space: FeatureSpace, layer index: Int, reference: LayerSide, generated: [LayerSide],
    settings: MeasurementSettings
  ) {
    self.space = space
    layer = space.layers[index]
    self.reference = reference
    self.generated = generated
    self.settings = settings
  }

  /// Whether the metric reads layers such as this one and can be measured with what both sides hold.
  func allows(_ metric: Metric) -> Bool { metric.role == layer.role && canMeasure(metric) }

  private func canMeasure(_ metric: Metric) -> Bool {
    if metric.needsStatisticsOnly { return ([reference] + generated).allSatisfy(\.hasFactor) }
    if metric == .fidInfinity { return reference.hasFactor && generated.allSatisfy { $0.set != nil } }
    let all = metric == .inceptionScore ? generated : [reference] + generated
    return all.allSatisfy { $0.set != nil }
  }

  /// The sides with no more images than features, whose covariances are rank-deficient.
  var rankDeficient: [LayerSide] {
    ([reference] + generated).filter { side in side.count.map { $0 > 0 && $0 <= layer.dimension } ?? false }
  }

  /// The full name of a quantity, such as "FD(lite0-block10-112, pil-bicubic-224)".
  func name(of quantity: Quantity) -> String { space.metric(quantity.symbol, layer) }

  /// Every quantity of a metric, for every generated set; none of a metric that needs more than the sides hold.
  ///
  /// - Throws: `MetricError` for too few images.
  mutating func measure(_ metric: Metric) throws -> [Measured] {
    guard canMeasure(metric) else { return [] }
    switch metric {
    case .fid, .sfid: return [try frechet()]
    case .fidInfinity: return [try extrapolated()]
    case .kid:
      return [Measured(.kernel, raw: try against { try KernelDistance.full(generated: $0, reference: $1) })]
    case .kidSubsets: return [try kernelSubsets()]
    case .inceptionScore: return [try inceptionScore()]
    case .precisionRecall, .densityCoverage:
      let found = try neighbours().map(Self.numbers)
      let first = metric == .precisionRecall ? 0 : 2
      return metric.quantities.enumerated().map { index, quantity in
        Measured(
          quantity, raw: found.map { $0[first + index] }, detail: .neighbours(settings.neighbours))
      }
    }
  }

  /// Standard errors of the quantities of a metric for one generated set, by leaving out blocks of its images; nil
  /// where none are wanted or the metric has none, and where a covariance would lose its rank, since bias rules there.
  ///
  /// - Throws: `MetricError.tooFewImages` for fewer images than blocks.
  mutating func standardErrors(_ metric: Metric, ofSet index: Int) throws -> [Double]? {
    guard settings.jackknifeBlocks > 1, let set = generated[index].set, !losesRank(metric, ofSet: index)
    else { return nil }
    switch metric {
    case .fid, .sfid:
      guard let target = try factor() else { return nil }
      return try jackknife(set) { [try FrechetDistance(FrechetDistance.Factor($0), target).raw] }
    case .kid:
      guard let reference = reference.set else { return nil }
      return try jackknife(set) { [try KernelDistance.full(generated: $0, reference: reference)] }
    case .precisionRecall, .densityCoverage:
      guard let reference = reference.set else { return nil }
      let k = settings.neighbours
      let errors =
        try neighbourErrors[index]
        ?? jackknife(set) { Self.numbers(try NeighbourCoverage(generated: $0, reference: reference, k: k)) }
      neighbourErrors[index] = errors
      return Array(metric == .precisionRecall ? errors[..<2] : errors[2...])
    case .fidInfinity, .kidSubsets, .inceptionScore: return nil
    }
  }

  /// Whether a generated set without one of its blocks has too few images for a covariance of this layer.
  func losesRank(_ metric: Metric, ofSet index: Int) -> Bool {
    let blocks = settings.jackknifeBlocks
    guard metric.needsStatisticsOnly, blocks > 1, let count = generated[index].set?.count else {
      return false
    }
    return count - (count + blocks - 1) / blocks <= layer.dimension
  }

  private func jackknife(
    _ set: FeatureSet, _ statistics: (FeatureSet) throws -> [Double]
  ) throws -> [Double] {
    try Jackknife.standardErrors(count: set.count, blocks: settings.jackknifeBlocks, seed: settings.seed) {
      try statistics(set.selecting($0))
    }
  }

  // MARK: metrics

  /// The reference's factor, made once.
  mutating func factor() throws -> FrechetDistance.Factor? {
    if target == nil { target = try reference.factor() }
    return target
  }

  private mutating func frechet() throws -> Measured {
    guard let target = try factor() else { return Measured(.frechet, raw: []) }
    // Factors are LAPACK's work, which does not use several threads.
    let distances = try concurrently(generated.count) { [generated] index in
      try generated[index].factor().map { try FrechetDistance($0, target) }
    }.compactMap { $0 }
    return Measured(.frechet, raw: distances.map(\.raw), values: distances.map(\.value))
  }

  private mutating func extrapolated() throws -> Measured {
    let target: ExtrapolatedDistance.Reference
    if let set = reference.set {
      target = .shrinking(set)
    } else if let factor = try factor() {
      target = .fixed(factor)
    } else {
      return Measured(.frechetInfinity, raw: [])
    }
    let seed = settings.seed
    let found = try each { try ExtrapolatedDistance(generated: $0, reference: target, seed: seed) }
    return Measured(
      .frechetInfinity, raw: found.map(\.limit), detail: .extrapolation(found, shrinks: reference.set != nil))
  }

  private func kernelSubsets() throws -> Measured {
    let settings = settings
    let found = try against {
      try KernelDistance.subsets(
        generated: $0, reference: $1, count: settings.kernelSubsets, size: settings.kernelSubsetSize,
        seed: MeasurementSettings.fidelitySeed)
    }
    return Measured(
      .kernelSubsets, raw: found.map(\.mean), deviations: found.map(\.deviation),
      detail: .subsets(found.map(\.size)))
  }

  private func inceptionScore() throws -> Measured {
    let division = settings.division
    let scores = try each { try InceptionScore(logits: $0, division: division) }
    return Measured(
      .inceptionScore, raw: scores.map(\.mean), deviations: scores.map(\.deviation),
      detail: .splits(scores.map(\.splits)))
  }

  /// Precision, recall, density and coverage are measured together.
  private mutating func neighbours() throws -> [NeighbourCoverage] {
    let k = settings.neighbours
    let found =
      try neighbourhoods
      ?? against { try NeighbourCoverage(generated: $0, reference: $1, k: k) }
    neighbourhoods = found
    return found
  }

  /// Precision, recall, density and coverage by the field's conventions: a ball's surface belongs to it for the first
  /// two only.
  private static func numbers(_ found: NeighbourCoverage) -> [Double] {
    [found.inclusive.precision, found.inclusive.recall, found.strict.density, found.strict.coverage]
  }

  // MARK: sets

  /// A result for every generated set, with the reference's features.
  private func against<T: Sendable>(_ body: (FeatureSet, FeatureSet) throws -> T) throws -> [T] {
    guard let reference = reference.set else { return [] }
    return try each { try body($0, reference) }
  }

  /// A result for every generated set: sets are shared among threads where there is one for each, otherwise the work
  /// of each is.
  private func each<T: Sendable>(_ body: (FeatureSet) throws -> T) throws -> [T] {
    let sets = generated.compactMap(\.set)
    guard sets.count >= Parallel.threads else { return try sets.map(body) }
    return try concurrently(sets.count) { try body(sets[$0]) }
  }
}

extension LayerMeasurement {
  /// Tests whether the first generated set differs from the second; nil for metrics without such a test.
  ///
  /// - Parameter permutations: of a Fréchet distance, of which each costs two distances.
  /// - Throws: `MetricError.countsDiffer` when their images do not pair up.
  mutating func pairedTest(_ metric: Metric, permutations: Int) throws -> PairedPermutationTest? {
    guard allows(metric), let first = generated[0].set, let second = generated[1].set else { return nil }
    switch metric {
    case .fid, .sfid:
      guard let target = try factor() else { return nil }
      return try FrechetDistance.pairedTest(
        first, second, reference: target, permutations: permutations, seed: settings.seed)
    case .kid:
      guard let reference = reference.set else { return nil }
      return PairedPermutationTest(
        contributions: try KernelDistance.contributions(first, second, reference: reference),
        permutations: Self.kernelPermutations, seed: settings.seed)
    default: return nil
    }
  }

  /// A kernel distance's difference is a sum over pairs, so permutations cost next to nothing.
  private static let kernelPermutations = 10_000
}
