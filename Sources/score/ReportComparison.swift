import Orders
import Reporting
import Shards

/// The comparison of arms: one table and one chart per layer of the feature network, floors beside every
/// number.
struct ReportComparison {
  let run: RunFolder
  let titles: RunTitles

  private var arms: [String] { RunTitles.sorted(run.scores.keys, like: RunTitles.arms) }

  /// Layers in the order in which scores list them.
  private var layers: [String] {
    var found = [String]()
    for arm in arms {
      for entry in metrics(arm) {
        if let layer = entry["layer"]?.string, !found.contains(layer) { found.append(layer) }
      }
    }
    return found
  }

  private func metrics(_ arm: String) -> [JSONValue] { run.scores[arm]?["metrics"]?.array ?? [] }

  private func metric(
    _ arm: String, _ layer: String, _ quantity: FeatureQuantities.Quantity, _ against: String
  ) -> JSONValue? {
    metrics(arm).first {
      $0["layer"]?.string == layer && $0["quantity"]?.string == quantity.rawValue
        && $0["against"]?.string == against
    }
  }

  func section() -> Page.Section? {
    guard !arms.isEmpty else { return nil }
    var blocks: [Block] = [.paragraph(introduction)]
    for (index, layer) in layers.enumerated() {
      let name = metrics(arms[0]).first { $0["layer"]?.string == layer }?["name"]?.string ?? "FD(\(layer))"
      let k = run.scores[arms[0]]?["counts"]?["neighbours"]?.int ?? 0
      let spread = "mean ± standard error over sampling seeds"
      blocks.append(
        .table(
          table(
            layer, Self.distances, caption: "`\(name)` and kernel distance, \(spread).", isFirst: index == 0))
      )
      blocks.append(.charts([chart(layer, "real"), chart(layer, "reconstructions")].compactMap { $0 }))
      let shares = table(
        layer, Self.shares, caption: "Neighbourhoods of \(k) in `\(layer)`, \(spread).", isFirst: false)
      blocks.append(
        .details(summary: "Precision, recall, density and coverage in \(layer)", [.table(shares)]))
    }
    if layers.isEmpty {
      blocks.append(
        .warning("No features were given, so Fréchet distances are missing. \(advice)"))
      blocks.append(.table(plainTable()))
    }
    let warnings = Set(arms.flatMap { run.scores[$0]?["warnings"]?.strings ?? [] }).sorted()
    if !warnings.isEmpty { blocks.append(.list(warnings)) }
    return Page.Section("Comparison", blocks)
  }

  private var advice: String {
    (Network(ofLayers: run.settings["score"]?["layers"]?.strings ?? []) ?? .lite0).advice
  }

  private var introduction: String {
    let score = arms.first.flatMap { run.scores[$0] } ?? .null
    let seeds = score["seeds"]?.array?.count ?? 0
    let compared = score["counts"]?["compared"]?.int
    let each = score["counts"]?["generated"]?.ints?.first ?? 0
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
  private var isInception: Bool { layers.contains(Extractor.Layer.inceptionFeatures.name) }
  private var inceptionNote: String {
    "An FID grows as images get fewer: it compares with others at this number of images only, and of this pipeline."
  }
  private var otherNote: String {
    "**These are not Inception distances** and compare runs of this project only."
  }

  private typealias Quantity = FeatureQuantities.Quantity

  private typealias Column = (title: String, quantity: Quantity, against: String, hint: String)

  private static let distances: [Column] = [
    ("FD to real", .frechet, "real", "Fréchet distance to real test images; lower is better"),
    (
      "FD to reconstr.", .frechet, "reconstructions", "Fréchet distance to reconstructions of the test images"
    ),
    ("KD to real", .kernel, "real", "Kernel distance to real test images over all images; lower is better"),
  ]
  private static let shares: [Column] = [
    ("precision", .precision, "real", "Share of generated images among the real ones"),
    ("recall", .recall, "real", "Share of real images among the generated ones"),
    (
      "density", .density, "real",
      "Mean number of real neighbourhoods that hold a generated image, divided by k"
    ),
    ("coverage", .coverage, "real", "Share of real images whose neighbourhood holds a generated image"),
  ]

  /// Arms and floors by the given numbers of a layer, with numbers that need no features behind them if
  /// `isFirst`.
  private func table(_ layer: String, _ shown: [Column], caption: String, isFirst: Bool) -> Table {
    let decimals = shown.map { column in
      Self.decimals(arms.compactMap { metric($0, layer, column.quantity, column.against)?["mean"]?.double })
    }
    let best = shown.map { column -> Double? in
      let values = arms.compactMap { metric($0, layer, column.quantity, column.against)?["mean"]?.double }
      return column.quantity == .frechet || column.quantity == .kernel ? values.min() : values.max()
    }
    var rows = arms.map { arm in
      let cells = shown.indices.map { index -> Table.Cell in
        let column = shown[index]
        guard let entry = metric(arm, layer, column.quantity, column.against),
          let mean = entry["mean"]?.double
        else {
          return "–"
        }
        return .number(
          mean, spread: entry["standard_error"]?.double, decimals: decimals[index],
          isBest: mean == best[index])
      }
      return Table.Row(
        lead(arm) + cells + (isFirst ? plain(arm) : []),
        style: titles.isSpecialised(arm) ? .highlighted : .plain)
    }
    let floors = [
      ("real, other half", "second_half"), ("reconstructions, other half", "reconstructions_of_second_half"),
      ("reconstructions, same half", "reconstructions_of_the_same"),
    ]
    for (index, floor) in floors.enumerated() {
      let cells = shown.indices.map { index -> Table.Cell in
        let column = shown[index]
        let entry = metric(arms[0], layer, column.quantity, column.against)
        // Against reconstructions, the other half's reconstructions stand in the entry "second_half".
        let key =
          column.against == "real"
          ? floor.1 : floor.1 == "reconstructions_of_second_half" ? "second_half" : ""
        guard let value = entry?["floors"]?[key]?.double else { return "–" }
        return .number(value, decimals: decimals[index])
      }
      var rest = isFirst ? [Table.Cell](repeating: "", count: plain(arms[0]).count) : []
      if isFirst, index == 0, hasCodes { rest[1] = Table.Cell(Format.percent(realShare, 1)) }
      rows.append(
        Table.Row(
          [Table.Cell("floor: \(floor.0)"), ""] + cells + rest, style: .muted, opensGroup: index == 0))
    }
    return Table(
      caption: caption,
      columns: [Table.Column("model · order"), Table.Column("steps", hint: "Training steps in all")]
        + shown.map { Table.Column($0.title, hint: $0.hint) } + (isFirst ? plainColumns : []),
      rows: rows, notes: isFirst ? jackknifeNote(layer) : [])
  }

  /// Decimals that show three or four significant digits of the largest value.
  private static func decimals(_ values: [Double]) -> Int {
    let largest = values.map(abs).max() ?? 0
    return largest >= 100 ? 1 : largest >= 10 ? 2 : 3
  }

  private func jackknifeNote(_ layer: String) -> [String] {
    let errors = arms.compactMap { metric($0, layer, .frechet, "real")?["jackknife_error"]?.double }
    guard let least = errors.min(), let most = errors.max() else { return [] }
    return [
      "Leaving out blocks of images (jackknife) puts the standard error of one seed's Fréchet distance "
        + "between "
        + "\(Format.significant(least, 2)) and \(Format.significant(most, 2))."
    ]
  }

  private func lead(_ arm: String) -> [Table.Cell] {
    let steps = titles.model(of: arm).flatMap { titles.steps(of: $0) }
    return [Table.Cell(titles.title(ofArm: arm)), Table.Cell(steps.map { Format.count($0) } ?? "–")]
  }

  private var hasCodes: Bool { arms.contains { run.scores[$0]?["commonest_code"] != nil } }

  /// The commonest code's share among test images.
  private var realShare: Double {
    arms.compactMap { run.scores[$0]?["commonest_code"]?["real"]?.double }.first ?? .nan
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
    func cell(_ key: String, scale: Double, decimals: Int, unit: String) -> Table.Cell {
      guard let value = run.scores[arm]?[key], let mean = value["mean"]?.double else { return "–" }
      let spread = value["standard_error"]?.double.map { "± " + Format.fixed($0 * scale, decimals) } ?? ""
      return Table.Cell(Format.fixed(mean * scale, decimals) + unit, spread: spread)
    }
    return [cell("step_distance", scale: 1, decimals: 2, unit: "")]
      + (hasCodes ? [cell("commonest_code", scale: 100, decimals: 1, unit: " %")] : [])
  }

  private func plainTable() -> Table {
    Table(
      caption: "What needs no features, mean ± standard error over sampling seeds.",
      columns: [Table.Column("model · order"), Table.Column("steps", hint: "Training steps in all")]
        + plainColumns,
      rows: arms.map {
        Table.Row(lead($0) + plain($0), style: titles.isSpecialised($0) ? .highlighted : .plain)
      })
  }

  private func chart(_ layer: String, _ against: String) -> Block.Chart? {
    let bars = arms.compactMap { arm -> BarChart.Bar? in
      guard let entry = metric(arm, layer, .frechet, against), let mean = entry["mean"]?.double else {
        return nil
      }
      return BarChart.Bar(
        arm, value: mean, spread: entry["standard_error"]?.double ?? 0,
        isHighlighted: titles.isSpecialised(arm))
    }
    guard !bars.isEmpty else { return nil }
    let key = against == "real" ? "reconstructions_of_second_half" : "second_half"
    let floor = metric(arms[0], layer, .frechet, against)?["floors"]?[key]?.double
    let name = metric(arms[0], layer, .frechet, against)?["name"]?.string ?? "FD"
    return .bar(
      BarChart(
        title: against == "real" ? "Distance to real images" : "Distance to reconstructions",
        valueLabel: name,
        bars: bars, reference: floor.map { LineChart.Reference("reconstructions' floor", value: $0) }))
  }

  /// Large numbers for the top of the page: the specialised arms against the baselines they have to beat.
  ///
  /// Distances to reconstructions where there are any: in those to real images a small tokenizer's error hides the
  /// models.
  func keyFigures() -> [Block.KeyFigure] {
    guard let layer = layers.first else { return [] }
    let hasReconstructions = arms.contains { metric($0, layer, .frechet, "reconstructions") != nil }
    let reference = hasReconstructions ? "reconstructions" : "real"
    var figures = [Block.KeyFigure]()
    for (arm, remark) in [
      ("distill-teacher", "specialised"), ("distill-greedy", "specialised"),
      ("anyorder-random", "the baseline"), ("anyorder-greedy", "not specialised"),
    ] {
      guard let entry = metric(arm, layer, .frechet, reference), let mean = entry["mean"]?.double else {
        continue
      }
      let name = entry["name"]?.string ?? "FD"
      figures.append(
        Block.KeyFigure(
          Format.significant(mean), titles.title(ofArm: arm),
          remark: "\(name) to \(hasReconstructions ? "reconstructions" : "real images"), \(remark)"))
    }
    let floorKey = hasReconstructions ? "second_half" : "reconstructions_of_second_half"
    if let floor = arms.first.flatMap({ metric($0, layer, .frechet, reference) })?["floors"]?[floorKey]?
      .double
    {
      figures.append(
        Block.KeyFigure(Format.significant(floor), "floor", remark: "reconstructions of other test images"))
    }
    return figures
  }
}
