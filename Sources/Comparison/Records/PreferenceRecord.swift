import Files
import Metrics

/// What `score preference analyse --json` writes: which of two arms people prefer.
public struct PreferenceRecord: Codable, Equatable, Sendable {
  /// How often the first arm was chosen among some judgements.
  public struct Share: Codable, Equatable, Sendable {
    /// The class, sentence or pair; nil of all together.
    public let name: String?
    public let wins: Int
    public let ties: Int
    public let losses: Int
    /// Wins and half of the ties among all judgements.
    public let rate: Double
    /// Wilson's interval, as if judgements were independent.
    public let interval: [Double]

    enum CodingKeys: String, CodingKey {
      case name, wins, ties, losses, rate
      case interval = "wilson_95"
    }

    /// Whether the interval lies above one half.
    public var isStrong: Bool { interval[0] > 0.5 }

    /// - Parameter shares: of each judgement, one at least: 1 for the first arm, 0 for the second, 0.5 for a tie.
    init(_ name: String?, _ shares: [Double]) {
      self.name = name
      wins = shares.count { $0 == 1 }
      losses = shares.count { $0 == 0 }
      ties = shares.count - wins - losses
      let sum = shares.reduce(0, +)
      rate = sum / Double(shares.count)
      let wilson = WilsonInterval(successes: sum, of: shares.count)
      interval = [wilson.low, wilson.high]
    }
  }

  /// The rate judged by its spread over participants, or over pairs: judgements of one hang together.
  public struct Clustered: Codable, Equatable, Sendable {
    public let clusters: Int
    /// Of the mean over clusters, which is the rate.
    public let standardError: Double
    /// Student's t over clusters.
    public let interval: [Double]
    /// Two-sided: how often the rate is as far from one half when all judgements of some clusters, drawn at random,
    /// are turned round.
    public let pValue: Double
    public let permutations: Int

    enum CodingKeys: String, CodingKey {
      case clusters, permutations
      case standardError = "standard_error"
      case interval = "interval_95"
      case pValue = "p_value"
    }

    /// Nil for fewer than two clusters.
    init?(rates: [Double], permutations: Int, seed: UInt64) {
      let summary = Summary(of: rates)
      guard let error = summary.standardError else { return nil }
      let reach = StudentT.critical(level: 0.95, degrees: rates.count - 1) * error
      clusters = rates.count
      standardError = error
      interval = [max(summary.mean - reach, 0), min(summary.mean + reach, 1)]
      pValue =
        PairedPermutationTest(
          contributions: rates.map { $0 - 0.5 }, permutations: permutations, seed: seed
        ).pValue
      self.permutations = permutations
    }
  }

  /// Participants who failed attention checks, and so do not count.
  public struct LeftOut: Codable, Equatable, Sendable {
    public let participant: String
    public let failedChecks: Int

    enum CodingKeys: String, CodingKey {
      case participant
      case failedChecks = "failed_checks"
    }
  }

  /// The id of the study.
  public let study: String
  public let arms: [String]
  public let pairs: Int
  public let checks: Int
  /// Whose judgements count.
  public let participants: [String]
  public let leftOut: [LeftOut]
  /// All judgements together: how often the first arm won.
  public let winRate: Share
  /// Nil of a single participant.
  @WrittenAsNull public private(set) var overParticipants: Clustered?
  /// Nil of a single pair.
  @WrittenAsNull public private(set) var overPairs: Clustered?
  /// How often the left image was chosen, ties left out; nil without any choice.
  @WrittenAsNull public private(set) var leftShare: Double?
  public let byCondition: [Share]
  public let byPair: [Share]
  /// Conditions in which the first arm won more than half, as the paper's Table 3 counts.
  public let preferred: Int
  /// Conditions whose interval lies above one half.
  public let strong: Int

  enum CodingKeys: String, CodingKey {
    case study, arms, pairs, checks, participants, preferred, strong
    case leftOut = "left_out"
    case winRate = "win_rate"
    case overParticipants = "over_participants"
    case overPairs = "over_pairs"
    case leftShare = "share_of_left"
    case byCondition = "by_condition"
    case byPair = "by_pair"
  }
}

extension PreferenceRecord {
  /// Puts together what participants answered.
  ///
  /// - Parameters:
  ///   - answers: whole answers to the study.
  ///   - allowedFailures: attention checks that a participant may fail.
  ///   - permutations: of the tests.
  ///   - seed: draws them.
  /// - Returns: nil where nobody's judgements count.
  public init?(
    _ study: PreferenceStudy, _ answers: [PreferenceAnswers], allowedFailures: Int, permutations: Int,
    seed: UInt64
  ) throws {
    let checks = Set(study.pairs.filter(\.isCheck).map(\.name))
    let failures = answers.map { $0.answers.count { checks.contains($0.pair) && $0.share != 1 } }
    let counted = zip(answers, failures).filter { $1 <= allowedFailures }.map(\.0)
    guard !counted.isEmpty, !study.comparisons.isEmpty else { return nil }
    // (participants, pairs)
    let shares = counted.map { person in
      let byName = Dictionary(person.answers.map { ($0.pair, $0.share) }, uniquingKeysWith: { $1 })
      return study.comparisons.map { byName[$0.name] ?? 0.5 }
    }
    func rates(_ rows: [[Double]]) -> [Double] { rows.map { $0.reduce(0, +) / Double($0.count) } }
    let pairShares = study.comparisons.indices.map { pair in shares.map { $0[pair] } }
    self.study = try study.id()
    arms = study.arms
    pairs = study.comparisons.count
    self.checks = checks.count
    participants = counted.map(\.participant)
    leftOut = zip(answers, failures).filter { $1 > allowedFailures }.map {
      LeftOut(participant: $0.participant, failedChecks: $1)
    }
    winRate = Share(nil, shares.flatMap(\.self))
    let choices = counted.flatMap(\.answers).filter { !checks.contains($0.pair) && $0.choice != .tie }
    _overParticipants = WrittenAsNull(
      wrappedValue: Clustered(rates: rates(shares), permutations: permutations, seed: seed))
    _overPairs = WrittenAsNull(
      wrappedValue: Clustered(rates: rates(pairShares), permutations: permutations, seed: seed))
    _leftShare = WrittenAsNull(
      wrappedValue: choices.isEmpty
        ? nil : Double(choices.count { $0.choice == .left }) / Double(choices.count))
    byPair = zip(study.comparisons, pairShares).map { Share($0.name, $1) }
    let groups = Dictionary(grouping: study.comparisons.indices) { study.comparisons[$0].condition }
    byCondition = groups.sorted { $0.key < $1.key }.map { condition, members in
      Share(condition, members.flatMap { pairShares[$0] })
    }
    preferred = byCondition.count { $0.rate > 0.5 }
    strong = byCondition.count(where: \.isStrong)
  }
}
