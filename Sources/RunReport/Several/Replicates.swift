import Comparison
import Metrics
import Reporting
import Shards

/// Runs that differ in seeds of training alone: every number has one value for each training.
public struct Replicates {
  /// One for each training.
  let runs: [ReportScores]
  let titles: RunTitles
  /// Arms that every run has scored, in the order in which they are shown.
  let arms: [String]

  private var first: ReportScores { runs[0] }

  /// - Throws: `ShardError.mismatch` for runs that are no repetitions of one another.
  public init(_ folders: [RunFolder]) throws {
    precondition(folders.count > 1, "replicates need two runs")
    let titles = RunTitles(folders)
    self.titles = titles
    runs = folders.map { ReportScores(run: $0, titles: titles) }
    for (index, folder) in folders.enumerated().dropFirst() {
      for earlier in folders[..<index] { try Self.requireOtherSeeds(folder, than: earlier) }
      try Self.requireSameMeasures(folder, as: folders[0])
    }
    let common = folders.map { Set($0.scores.keys) }.reduce(Set(folders[0].scores.keys)) {
      $0.intersection($1)
    }
    arms = titles.sorted(arms: common)
  }

  // MARK: checks

  /// Whether a setting may differ: a seed of a stage that trains, or of an order that was drawn for a training.
  private static func isTrainingSeed(_ key: String, of run: RunFolder) -> Bool {
    ["tokenizer.seed", "policy.seed"].contains(key) || run.models.contains { key == "\($0.settings).seed" }
      || (key.hasPrefix("rules.") && key.hasSuffix(".seed"))
  }

  private static func requireOtherSeeds(_ run: RunFolder, than other: RunFolder) throws {
    let path = "\(run.path)/config/settings.json"
    let keys = SettingDifferences(other.settings.json, run.settings.json).entries.map(\.key)
    if let key = keys.first(where: { !isTrainingSeed($0, of: run) }) {
      throw ShardError.mismatch(
        path: path, expected: "the settings of \(other.path) but for the seeds of training",
        found: "another '\(key)'")
    }
    guard !keys.isEmpty else {
      throw ShardError.mismatch(
        path: path, expected: "other seeds of training than in \(other.path)", found: "the same settings")
    }
  }

  private static func requireSameMeasures(_ run: RunFolder, as other: RunFolder) throws {
    let comparison = RunComparison(a: other, b: run)
    for arm in run.scores.keys.sorted() {
      guard let obstacle = comparison.obstacle(arm) else { continue }
      throw ShardError.mismatch(
        path: "\(run.path)/scores/\(arm).json", expected: "what \(other.path) measured", found: obstacle)
    }
  }

  /// Arms that some run lacks.
  var incomplete: [String] {
    titles.sorted(arms: Set(runs.flatMap { $0.run.scores.keys }).subtracting(arms))
  }

  // MARK: numbers

  /// A number of every run, by its place from 1 on; runs without it are left out.
  private func byRun(_ number: (ReportScores) -> Double?) -> [UInt64: Double] {
    var found = [UInt64: Double]()
    for (index, run) in runs.enumerated() { found[UInt64(index + 1)] = number(run) }
    return found.filter { $0.value.isFinite }
  }

  /// Means over sampling seeds by training.
  func values(_ arm: String, _ measure: ReportScores.Measure) -> [UInt64: Double] {
    byRun { $0.metric(arm, measure.layer, measure.quantity, measure.against)?.mean }
  }

  /// A number that needs no features, by training.
  func values(_ arm: String, _ number: (ArmRecord) -> (any MeasuredBySeed)?) -> [UInt64: Double] {
    byRun { $0.run.scores[arm].flatMap { number($0.record) }?.mean }
  }

  /// Bits per token of a model along an order, by training.
  func bits(_ model: String, _ order: String) -> [UInt64: Double] {
    byRun { $0.run.likelihoods[model]?.record.bitsPerToken[order]?.mean }
  }

  /// Models whose likelihood any run measured, and the orders of these.
  var models: [String] { titles.sorted(models: Set(runs.flatMap { $0.run.likelihoods.keys })) }
  var orders: [String] {
    PredictionOrders.sorted(
      runs.flatMap { $0.run.likelihoods.values.flatMap(\.record.bitsPerToken.keys) })
  }

  /// How far single samplings of one training lie apart: the root mean square of the runs' deviations over sampling seeds.
  func deviationOfSampling(_ arm: String, _ measure: ReportScores.Measure) -> Double? {
    let squares = runs.compactMap { run -> Double? in
      Summary(inSequence: run.values(arm, measure)).deviation.map { $0 * $0 }
    }
    return squares.isEmpty ? nil : (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  }

  // MARK: verdict

  /// What the page goes by, as the report of one run does.
  var headline: ReportScores.Measure? { first.headline }
  var second: ReportScores.Measure? { first.second }
  var layers: [String] { first.layers }
  /// Arms whose distances compare with each other.
  var comparable: [String] { arms.filter(first.comparable.contains) }

  func compared(by measure: ReportScores.Measure) -> [(arm: String, as: ComparedArm)] {
    comparable.map {
      ($0, ComparedArm(titles.title(ofArm: $0), role: titles.role(of: $0), values: values($0, measure)))
    }
  }

  func verdict(by measure: ReportScores.Measure) -> OrderVerdict {
    let arms = Dictionary(uniqueKeysWithValues: compared(by: measure).map { ($0.arm, $0.as) })
    return OrderVerdict(
      arms: titles.inVerdict(comparable).compactMap { arms[$0] }, reference: measure.reference,
      unit: .training)
  }
}
