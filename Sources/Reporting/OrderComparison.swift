import Metrics

/// An arm as a verdict sees it: its name for readers, what it stands for, and a distance for each seed.
public struct ComparedArm: Sendable, Equatable {
  public enum Role: Sendable {
    /// A specialised model that draws in its own order.
    case specialised
    /// The any-order model in random orders after as many training steps.
    case control
    /// A model trained in raster order, drawing in it.
    case raster
    /// A model tuned for an order that no image changes: what one that adapts to the image has to beat.
    case fixed
    case other

    /// What specialised arms are tested against, in the sequence of tables.
    static let rivals: [Role] = [.control, .raster, .fixed]
  }

  public let name: String
  public let role: Role
  /// By seed; lower is better.
  public let values: [UInt64: Double]

  public init(_ name: String, role: Role, values: [UInt64: Double]) {
    self.name = name
    self.role = role
    self.values = values.filter { $0.value.isFinite }
  }

  public var mean: Double { Summary(of: inSeedOrder).mean }
  /// Of the mean over seeds; nil with one.
  public var standardError: Double? { Summary(of: inSeedOrder).standardError }

  /// The values of the seeds that both have, in the sequence of seeds.
  func paired(with other: ComparedArm) -> [(seed: UInt64, own: Double, other: Double)] {
    values.compactMap { seed, own in other.values[seed].map { (seed, own, $0) } }.sorted { $0.seed < $1.seed }
  }

  /// In a fixed order, for sums must not depend on how a dictionary lies in memory.
  private var inSeedOrder: [Double] { values.sorted { $0.key < $1.key }.map(\.value) }
}

/// A specialised arm less another, paired by seed: equal sampling seeds draw equal classes with equal
/// noise, and equal training seeds share tokenizer, base model and orders.
public struct OrderComparison: Sendable, Equatable {
  public enum Finding: Sendable, Equatable {
    /// The specialised arm is closer, beyond chance after correction.
    case better
    /// It is further away, beyond chance after correction.
    case worse
    /// Chance may be all there is.
    case undecided
    /// There are fewer than two shared seeds, or no spread.
    case untested
  }

  public let specialised: ComparedArm
  public let other: ComparedArm
  /// Seeds that both were sampled with.
  public let seeds: [UInt64]
  public let test: PairedTTest?
  /// What Holm's correction makes of the test among all of its family.
  public private(set) var outcome: HolmCorrection.Outcome?

  /// Every specialised arm against every rival: the family that is corrected together.
  public static func family(of arms: [ComparedArm]) -> [OrderComparison] {
    let rivals = ComparedArm.Role.rivals.flatMap { role in arms.filter { $0.role == role } }
    var found = arms.filter { $0.role == .specialised }.flatMap { arm in
      rivals.map { OrderComparison(arm, $0) }
    }
    let outcomes = HolmCorrection.outcomes(of: found.map(\.test?.pValue))
    for (index, outcome) in outcomes.enumerated() { found[index].outcome = outcome }
    return found
  }

  init(_ specialised: ComparedArm, _ other: ComparedArm) {
    self.specialised = specialised
    self.other = other
    let pairs = specialised.paired(with: other)
    seeds = pairs.map(\.seed)
    test = PairedTTest(pairs.map { $0.own - $0.other })
  }

  public var finding: Finding {
    guard let test, let outcome else { return .untested }
    return !outcome.isRejected ? .undecided : test.difference < 0 ? .better : .worse
  }

  /// At the level at which the test is held: it leaves out 0 just where the test decides.
  public var interval: ClosedRange<Double>? {
    guard let test, let outcome else { return nil }
    return test.interval(level: 1 - outcome.threshold)
  }
}
