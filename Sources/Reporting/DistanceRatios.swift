import Metrics

/// Every arm's distance as a share of each rival's, paired by seed. An order that adapts to the image is worth its price
/// only where its share lies below 1 for every rival: random order, raster, and an order that no image changes.
public struct DistanceRatios: Sendable {
  /// An arm over a rival.
  struct Entry: Sendable {
    let ratio: PairedRatio
    /// Among the tests of the arm.
    let outcome: HolmCorrection.Outcome?
  }

  private let arms: [ComparedArm]
  private let rivals: [ComparedArm]
  /// (arms, rivals); nil where the two share no seed.
  private let entries: [[Entry?]]

  public init(_ all: [ComparedArm]) {
    let rivals = all.filter { ComparedArm.Role.rivals.contains($0.role) }
    let arms = all.filter { !ComparedArm.Role.rivals.contains($0.role) }
    self.rivals = rivals
    self.arms = arms
    entries = arms.map { arm in Self.entries(arm, rivals) }
  }

  private static func entries(_ arm: ComparedArm, _ rivals: [ComparedArm]) -> [Entry?] {
    let ratios = rivals.map { rival in
      PairedRatio(arm.paired(with: rival).map { (numerator: $0.own, denominator: $0.other) })
    }
    let outcomes = HolmCorrection.outcomes(of: ratios.map { $0?.test?.pValue })
    return zip(ratios, outcomes).map { ratio, outcome in ratio.map { Entry(ratio: $0, outcome: outcome) } }
  }

  /// Nil without an arm or a rival.
  public func table(measure: String, unit: OrderVerdict.Unit) -> Table? {
    guard !arms.isEmpty, !rivals.isEmpty else { return nil }
    return Table(
      caption: "Arms over rivals in \(measure), paired by \(unit.rawValue) seed; below 1 is better.",
      columns: [Table.Column("arm")]
        + rivals.map { Table.Column("over \($0.name)", hint: "Geometric mean of the ratios of all seeds") },
      rows: zip(arms, entries).map { arm, line in
        Table.Row(
          [Table.Cell(arm.name)] + line.map(Self.cell),
          style: arm.role == .specialised ? .highlighted : .plain)
      },
      notes: [
        "Intervals hold the ratio with 95 %, each for itself. Strong type marks ratios below 1 that remain so by Holm's "
          + "correction for the rivals of a row, “worse” those above 1. Whoever picks the best of many rows finds one by chance "
          + "too: name the row before looking."
      ])
  }

  private static func cell(_ entry: Entry?) -> Table.Cell {
    guard let entry else { return "–" }
    let ratio = Format.fixed(entry.ratio.ratio, 2)
    guard let interval = entry.ratio.interval(level: 0.95) else { return Table.Cell(ratio) }
    let isTold = entry.outcome?.isRejected ?? false
    let reach = "\(Format.fixed(interval.lowerBound, 2)) to \(Format.fixed(interval.upperBound, 2))"
    return Table.Cell(
      ratio, spread: isTold && entry.ratio.ratio > 1 ? "\(reach), worse" : reach,
      isBest: isTold && entry.ratio.ratio < 1)
  }
}
