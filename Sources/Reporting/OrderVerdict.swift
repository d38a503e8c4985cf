import Metrics

/// Whether specialised orders helped, in words that say no more than the tests do.
///
/// The specialised arm that is given first is the one the sentence is about; it is named before its numbers are
/// known, since the better of two would be chosen by chance.
public struct OrderVerdict: Sendable {
  public let arms: [ComparedArm]
  public let comparisons: [OrderComparison]
  /// What the distances are to, such as "reconstructions of test images".
  private let reference: String
  private let unit: Unit
  private let decimals: Int

  /// What repeats: each seed of it gives an arm one value.
  public enum Unit: String, Sendable {
    /// Samples drawn anew from one trained model.
    case sampling
    /// Models trained anew.
    case training
  }

  public init(arms: [ComparedArm], reference: String, unit: Unit = .sampling) {
    self.arms = arms.filter { !$0.values.isEmpty }
    self.reference = reference
    self.unit = unit
    comparisons = OrderComparison.family(of: self.arms)
    decimals = Format.decimals(self.arms.map(\.mean), digits: 3)
  }

  private func first(_ role: ComparedArm.Role) -> ComparedArm? { arms.first { $0.role == role } }

  private func comparison(_ arm: ComparedArm?, _ other: ComparedArm?) -> OrderComparison? {
    comparisons.first { $0.specialised == arm && $0.other == other }
  }

  private var main: OrderComparison? { comparison(first(.specialised), first(.control)) }

  /// The arm with the lowest mean.
  public var best: ComparedArm? { arms.min { $0.mean < $1.mean } }

  private var testCount: Int { comparisons.count { $0.test != nil } }

  // MARK: words

  /// The answer in a few words.
  public var headline: String {
    guard let main else { return "Whether specialised orders helped was not measured." }
    let seeds = seeds(main.seeds.count)
    let scope = unit == .sampling ? "In this run" : "Over \(seeds)"
    switch main.finding {
    case .better: return "\(scope), specialised orders helped\(besideFixed)."
    case .worse: return "\(scope), specialised orders did not help: they did worse than random ones."
    case .undecided: return "Specialised orders made no difference that these \(seeds) can tell."
    case .untested:
      return main.seeds.isEmpty
        ? "Whether specialised orders helped cannot be told: the arms share no \(unit.rawValue) seed."
        : main.seeds.count == 1
          ? "One \(unit.rawValue) seed cannot tell whether specialised orders helped."
          : "Whether specialised orders helped cannot be told: every seed gave the same difference."
    }
  }

  /// The nearest of the orders that no image changes, compared with the main arm.
  private var fixed: OrderComparison? {
    comparison(first(.specialised), arms.filter { $0.role == .fixed }.min { $0.mean < $1.mean })
  }

  /// Help that an order gives too that no image changes is none of following the image.
  private var besideFixed: String {
    switch fixed?.finding {
    case nil: ""
    case .better: ", and more than an order that no image changes"
    case .worse: ", but less than an order that no image changes"
    case .undecided, .untested: ", but an order that no image changes cannot be told from them"
    }
  }

  /// What the headline rests on: the comparison with the control, the other specialised arms, an order that no image
  /// changes, the best arm, and how far the interval reaches.
  public var sentences: [String] {
    var found = [String]()
    if let main {
      found.append(
        "“\(main.specialised.name)” scores \(value(main.specialised)), its control of equal steps “\(main.other.name)” "
          + "\(value(main.other)): \(evidence(main)).")
    } else {
      found.append(missing)
    }
    found += arms.filter { $0.role == .specialised }.dropFirst().compactMap { arm in
      comparison(arm, first(.control)).map {
        "“\(arm.name)” scores \(value(arm)), \(relation($0)) the control (\(brief($0)))."
      }
    }
    if let fixed, fixed.other != best {
      found.append(
        "“\(fixed.specialised.name)” is \(relation(fixed)) “\(fixed.other.name)”, an order that no image changes, with "
          + "\(value(fixed.other)) (\(brief(fixed))).")
    }
    if let sentence = rank { found.append(sentence) }
    if testCount > 0 {
      found.append(
        unit == .sampling
          ? "The interval is over sampling seeds only: all samples of a model come from one training seed, and one "
            + "training seed cannot tell whether another training would end alike."
          : "The interval is over training seeds: models were trained anew for each, so it covers what another training "
            + "would change.")
    }
    return found
  }

  /// One sentence that repeats the verdict for a second measure of the same arms.
  public func also(by measure: String) -> String? {
    guard let main else { return nil }
    let best = best.map { "; lowest of all is “\($0.name)”" } ?? ""
    return
      "By \(measure), “\(main.specialised.name)” is \(relation(main)) the control (\(brief(main)))\(best)."
  }

  /// Which of the arms that the sentence needs is not there.
  private var missing: String {
    let lacking = [
      (ComparedArm.Role.specialised, "a specialised arm (a distilled model in greedy order)"),
      (.control, "the control of equal steps (the any-order model trained on, in random order)"),
    ].filter { first($0.0) == nil }.map(\.1)
    return "There are no distances of \(lacking.joined(separator: " nor of "))."
  }

  /// Who is best by name, and whether that is more than chance.
  private var rank: String? {
    guard let best, arms.count > 1 else { return nil }
    let lowest = "has the lowest distance of all \(arms.count) arms, \(value(best))"
    let subject = first(.specialised)
    switch best.role {
    case .raster, .fixed:
      let pairs = comparisons.filter { $0.other == best }
      let isSure = !pairs.isEmpty && pairs.allSatisfy { $0.finding == .worse }
      let name = best.role == .raster ? "Raster" : "An order that no image changes"
      let lead = "\(name) \(isSure ? "is best" : "has the lowest number"): “\(best.name)” \(lowest)"
      guard let pair = comparison(subject, best) else { return lead + "." }
      return pair.finding == .worse
        ? "\(lead), and leads “\(pair.specialised.name)” by more than chance (\(brief(pair)))."
        : "\(lead), a lead over “\(pair.specialised.name)” that these seeds cannot tell from chance (\(brief(pair)))."
    case .specialised:
      let told = comparisons.filter { $0.specialised == best && $0.other.role == .raster }
      guard !told.isEmpty else { return "“\(best.name)” \(lowest)." }
      let beaten = told.filter { $0.finding == .better }.map { "“\($0.other.name)”" }
      return "“\(best.name)” \(lowest); "
        + (beaten.isEmpty
          ? "no lead over a raster arm is more than these seeds can tell from chance."
          : "it leads \(beaten.joined(separator: " and ")) by more than chance.")
    case .control: return "“\(best.name)”, the control, \(lowest)."
    case .other:
      return "“\(best.name)” \(lowest); it is neither specialised nor a control, and no test was made of it."
    }
  }

  private func value(_ arm: ComparedArm) -> String {
    Format.fixed(arm.mean, decimals)
      + (arm.standardError.map { " ± " + Format.fixed($0, decimals) } ?? "")
  }

  private func relation(_ pair: OrderComparison) -> String {
    switch pair.finding {
    case .better: "closer to \(reference) than"
    case .worse: "further from \(reference) than"
    case .undecided, .untested: "not to be told from"
    }
  }

  /// The difference with its interval and test, as one clause.
  private func evidence(_ pair: OrderComparison) -> String {
    guard let test = pair.test else {
      let difference = Format.fixed(pair.specialised.mean - pair.other.mean, decimals)
      return pair.seeds.isEmpty
        ? "they share no \(unit.rawValue) seed"
        : "a difference of \(difference), and nothing says what chance does"
    }
    let size = Format.fixed(abs(test.difference), decimals)
    let words =
      pair.finding == .undecided
      ? "a difference of \(Format.fixed(test.difference, decimals))"
      : pair.finding == .better ? "lower, hence better, by \(size)" : "higher, hence worse, by \(size)"
    return
      "\(words) (paired t(\(test.degrees)) = \(Format.fixed(test.t, 2)), \(Self.equation(test.pValue)); "
      + "\(brief(pair))\(testCount == 1 ? "" : " by Holm's correction for \(testCount) comparisons"))"
  }

  /// Interval and corrected p-value.

  private func brief(_ pair: OrderComparison) -> String {
    guard let outcome = pair.outcome, let interval = pair.interval else {
      return pair.seeds.count == 1 ? "one shared seed, no test" : "no test"
    }
    return "\(Self.level(outcome)) interval \(Format.fixed(interval.lowerBound, decimals)) to "
      + Format.fixed(interval.upperBound, decimals)
      + (testCount == 1 ? "" : ", corrected \(Self.equation(outcome.adjusted))")
  }

  private static func equation(_ pValue: Double) -> String {
    let text = Format.pValue(pValue)
    return text.hasPrefix("<") ? "p \(text)" : "p = \(text)"
  }

  private func seeds(_ count: Int) -> String {
    "\(count) \(unit.rawValue) seed\(count == 1 ? "" : "s")"
  }

  private static func level(_ outcome: HolmCorrection.Outcome) -> String {
    Format.percent(1 - outcome.threshold, 1)
  }

  // MARK: table

  /// Every comparison of the family; nil without one.
  public func table(measure: String) -> Table? {
    guard !comparisons.isEmpty else { return nil }
    let digits = Format.decimals(arms.map(\.mean), digits: 4)
    var last: String?
    let rows = comparisons.map { pair -> Table.Row in
      defer { last = pair.specialised.name }
      let cells: [Table.Cell]
      if let test = pair.test, let outcome = pair.outcome, let interval = pair.interval {
        cells = [
          .number(test.difference, spread: test.standardError, decimals: digits),
          Table.Cell(
            "\(Format.fixed(interval.lowerBound, digits)) to \(Format.fixed(interval.upperBound, digits))",
            spread: Self.level(outcome)),
          Table.Cell(Format.fixed(test.t, 2), spread: "(\(test.degrees))"),
          Table.Cell(Format.pValue(test.pValue)), Table.Cell(Format.pValue(outcome.adjusted)),
        ]
      } else {
        cells = [.number(pair.specialised.mean - pair.other.mean, decimals: digits), "–", "–", "–", "–"]
      }
      return Table.Row(
        [Table.Cell(pair.specialised.name), Table.Cell(pair.other.name)] + cells
          + [Table.Cell(Self.word(pair.finding))],
        opensGroup: last.map { $0 != pair.specialised.name } ?? false)
    }
    return Table(
      caption:
        "Specialised arms less others in \(measure), paired by \(unit.rawValue) seed; below 0 is better.",
      columns: [
        "specialised arm", Table.Column("less", isText: true),
        Table.Column("difference", hint: "Mean over seeds ± its standard error"),
        Table.Column("interval", hint: "At the level at which Holm's procedure holds the test"),
        Table.Column("t", hint: "Student's t of the paired differences, with its degrees of freedom"),
        Table.Column("p", hint: "Two-sided, of this comparison alone"),
        Table.Column("p corrected", hint: "By Holm's procedure for all comparisons of the table"),
        Table.Column("says", isText: true),
      ], rows: rows,
      notes: [
        "An interval leaves out 0 just where its test decides: an error anywhere in the table has a probability of at "
          + "most 5 %. "
          + (unit == .sampling
            ? "Sampling seeds are what repeats; they share one training seed."
            : "Training seeds are what repeats; the value of each is the mean over its sampling seeds.")
      ])
  }

  private static func word(_ finding: OrderComparison.Finding) -> String {
    switch finding {
    case .better: "better"
    case .worse: "worse"
    case .undecided: "cannot\u{a0}tell"
    case .untested: "no\u{a0}test"
    }
  }
}
