import Comparison
import Features
import Orders
import Reporting

/// The comparison of arms: one table and one chart per layer of the feature network, floors beside every
/// number.
struct ReportComparison {
  let scores: ReportScores

  private var run: RunFolder { scores.run }
  private var titles: RunTitles { scores.titles }
  private var arms: [String] { scores.arms }
  private var layers: [String] { scores.layers }

  private func metric(
    _ arm: String, _ layer: String, _ quantity: Quantity, _ against: Reference
  ) -> ArmRecord.Entry? { scores.metric(arm, layer, quantity, against) }

  func section() -> Page.Section? {
    guard !arms.isEmpty else { return nil }
    var blocks: [Block] = [.paragraph(introduction)]
    for (index, layer) in layers.enumerated() {
      let k = arms.lazy.compactMap { run.scores[$0]?.record.counts.neighbours }.first ?? 0
      let spread = "mean ± standard error over sampling seeds"
      blocks.append(
        .table(
          table(
            layer, Self.distances, caption: "\(names(layer)), \(spread).", isFirst: index == 0))
      )
      blocks.append(.charts([chart(layer, .reconstructions), chart(layer, .real)].compactMap { $0 }))
      let shares = table(
        layer, Self.shares, caption: "Neighbourhoods of \(k) in `\(layer)`, \(spread).", isFirst: false)
      blocks.append(
        .details(summary: "Precision, recall, density and coverage in \(layer)", [.table(shares)]))
    }
    if layers.isEmpty {
      blocks.append(.table(plainTable()))
    }
    let warnings = Set(arms.flatMap { run.scores[$0]?.record.warnings ?? [] }).sorted()
    if !warnings.isEmpty { blocks.append(.list(warnings)) }
    return Page.Section("Comparison", blocks)
  }

  private var introduction: String {
    let score = arms.first.flatMap { run.scores[$0]?.record }
    let seeds = score?.seeds.count ?? 0
    let compared = score?.counts.compared
    let each = score?.counts.generated.first ?? 0
    return "Every arm drew \(Format.count(each)) images with "
      + (seeds == 1
        ? "one sampling seed."
        : "each of \(seeds) sampling seeds; a number is the mean over seeds with its standard error.")
      + (compared.map {
        " Distances compare \(Format.count($0)) generated images with as many real test images, or with "
          + "reconstructions of these. Floors show what the other half of the test images scores in place of "
          + "generated ones: the best that can be expected, first as they are, then as the tokenizer reproduces "
          + "them. \(isInception ? inceptionNote : otherNote)"
      } ?? "")
  }

  /// Whether distances are on the features of the field's own network.
  private var isInception: Bool { layers.contains(FeatureSpace.Layer.inceptionFeatures.name) }
  private var inceptionNote: String {
    "An FID grows as images get fewer: it compares with others at this number of images only, and of this pipeline."
  }
  private var otherNote: String {
    "**These are not Inception distances** and compare runs of this project only."
  }

  private typealias Reference = ArmRecord.Reference

  /// The Fréchet and the kernel distance of a layer by their whole names.
  private func names(_ layer: String) -> String {
    [Quantity.frechet, .kernel].compactMap { quantity in
      arms.lazy.compactMap { metric($0, layer, quantity, .real)?.name }.first.map { "`\($0)`" }
    }.joined(separator: " and ")
  }

  private typealias Column = (title: String, quantity: Quantity, against: Reference, hint: String)

  private static let distances: [Column] = [
    ("FD to real", .frechet, .real, "Fréchet distance to real test images; lower is better"),
    (
      "FD to reconstr.", .frechet, .reconstructions, "Fréchet distance to reconstructions of the test images"
    ),
    ("KD to real", .kernel, .real, "Kernel distance to real test images over all images; lower is better"),
    (
      "KD to reconstr.", .kernel, .reconstructions,
      "Kernel distance to reconstructions of the test images; it has no bias at few images"
    ),
  ]
  private static let shares: [Column] = [
    ("precision", .precision, .real, "Share of generated images among the real ones"),
    ("recall", .recall, .real, "Share of real images among the generated ones"),
    (
      "density", .density, .real,
      "Mean number of real neighbourhoods that hold a generated image, divided by k"
    ),
    ("coverage", .coverage, .real, "Share of real images whose neighbourhood holds a generated image"),
  ]

  /// Arms and floors by the given numbers of a layer, with numbers that need no features behind them if
  /// `isFirst`.
  private func table(_ layer: String, _ shown: [Column], caption: String, isFirst: Bool) -> Table {
    let decimals = shown.map { column in
      Format.decimals(arms.compactMap { metric($0, layer, column.quantity, column.against)?.mean })
    }
    let best = shown.map { column -> Double? in
      let values = arms.compactMap { metric($0, layer, column.quantity, column.against)?.mean }
      return column.quantity == .frechet || column.quantity == .kernel ? values.min() : values.max()
    }
    var rows = arms.map { arm in
      let cells = shown.indices.map { index -> Table.Cell in
        let column = shown[index]
        guard let entry = metric(arm, layer, column.quantity, column.against) else { return "–" }
        return .number(
          entry.mean, spread: entry.standardError, decimals: decimals[index],
          isBest: entry.mean == best[index])
      }
      return Table.Row(
        lead(arm, isFirst: isFirst) + cells + (isFirst ? plain(arm) : []),
        style: titles.isSpecialised(arm) ? .highlighted : .plain)
    }
    let floors: [(title: String, floor: ArmRecord.Floor)] = [
      ("real, other half", .secondHalf), ("reconstructions, other half", .reconstructionsOfSecondHalf),
      ("reconstructions, same half", .reconstructionsOfTheSame),
    ]
    for (index, floor) in floors.enumerated() {
      let cells = shown.indices.map { index -> Table.Cell in
        let column = shown[index]
        // Against reconstructions, the other half's reconstructions are the second half.
        let stored: ArmRecord.Floor? =
          column.against == .real
          ? floor.floor : floor.floor == .reconstructionsOfSecondHalf ? .secondHalf : nil
        guard let value = stored.flatMap({ scores.floor($0, layer, column.quantity, column.against) })
        else { return "–" }
        return .number(value, decimals: decimals[index])
      }
      var rest = isFirst ? [Table.Cell](repeating: "", count: plain(arms[0]).count) : []
      if isFirst, index == 0, hasCodes { rest[1] = Table.Cell(Format.percent(realShare, 1)) }
      rows.append(
        Table.Row(
          [Table.Cell("floor: \(floor.title)"), ""] + cells + rest, style: .muted, opensGroup: index == 0))
    }
    return Table(
      caption: caption,
      columns: [Table.Column("model · order"), Table.Column("steps", hint: "Training steps in all")]
        + shown.map { Table.Column($0.title, hint: $0.hint) } + (isFirst ? plainColumns : []),
      rows: rows, notes: isFirst ? jackknifeNote(layer) : [])
  }

  private func jackknifeNote(_ layer: String) -> [String] {
    let errors = arms.compactMap { metric($0, layer, .frechet, .real)?.jackknifeError }
    guard let least = errors.min(), let most = errors.max() else { return [] }
    return [
      "Leaving out blocks of images (jackknife) puts the standard error of one seed's Fréchet distance "
        + "between "
        + "\(Format.significant(least, 2)) and \(Format.significant(most, 2))."
    ]
  }

  /// Title and steps of an arm; in the first table also its name in settings, folders and files.
  private func lead(_ arm: String, isFirst: Bool) -> [Table.Cell] {
    let steps = titles.model(of: arm).flatMap { titles.steps(of: $0) }
    return [
      Table.Cell(titles.title(ofArm: arm), spread: isFirst ? arm : ""),
      Table.Cell(steps.map { Format.count($0) } ?? "–"),
    ]
  }

  private var hasCodes: Bool { arms.contains { run.scores[$0]?.record.commonestCode != nil } }

  /// The commonest code's share among test images.
  private var realShare: Double {
    arms.compactMap { run.scores[$0]?.record.commonestCode?.real }.first ?? .nan
  }

  private var plainColumns: [Table.Column] {
    var columns = [Table.Column("d", hint: "Mean distance between the cells of consecutive tokens")]
    if hasCodes {
      columns.append(
        Table.Column(
          "commonest code", hint: "Share of the test images' commonest code, mostly plain background"))
    }
    return columns
  }

  /// Numbers that need no features.
  private func plain(_ arm: String) -> [Table.Cell] {
    func cell(_ value: (any MeasuredBySeed)?, scale: Double, decimals: Int, unit: String) -> Table.Cell {
      guard let value else { return "–" }
      let spread = value.standardError.map { "± " + Format.fixed($0 * scale, decimals) } ?? ""
      return Table.Cell(Format.fixed(value.mean * scale, decimals) + unit, spread: spread)
    }
    let score = run.scores[arm]?.record
    return [cell(score?.stepDistance, scale: 1, decimals: 2, unit: "")]
      + (hasCodes ? [cell(score?.commonestCode, scale: 100, decimals: 1, unit: " %")] : [])
  }

  private func plainTable() -> Table {
    Table(
      caption: "What needs no features, mean ± standard error over sampling seeds.",
      columns: [Table.Column("model · order"), Table.Column("steps", hint: "Training steps in all")]
        + plainColumns,
      rows: arms.map {
        Table.Row(
          lead($0, isFirst: true) + plain($0), style: titles.isSpecialised($0) ? .highlighted : .plain)
      })
  }

  /// Every arm's Fréchet distance, or its kernel distance where Fréchet distances are rank-deficient.
  private func chart(_ layer: String, _ against: Reference) -> Block.Chart? {
    let quantity: Quantity = scores.isRankDeficient(layer) ? .kernel : .frechet
    let bars = arms.compactMap { arm -> BarChart.Bar? in
      guard let entry = metric(arm, layer, quantity, against) else { return nil }
      return BarChart.Bar(
        titles.title(ofArm: arm), value: entry.mean, spread: entry.standardError ?? 0,
        isHighlighted: titles.isSpecialised(arm))
    }
    guard !bars.isEmpty else { return nil }
    let better: ArmRecord.Floor = against == .real ? .reconstructionsOfSecondHalf : .secondHalf
    let floor = scores.floor(better, layer, quantity, against)
    let name = arms.lazy.compactMap { metric($0, layer, quantity, against)?.name }.first
    return .bar(
      BarChart(
        title: against == .real ? "Distance to real images" : "Distance to reconstructions",
        valueLabel: name ?? quantity.symbol,
        bars: bars, reference: floor.map { LineChart.Reference("reconstructions' floor", value: $0) }))
  }
}
