import Comparison
import Metrics
import Reporting

/// The page of several trainings of one preset: whether specialised orders helped, with the training as the unit.
public struct ReplicatesPage {
  private let replicates: Replicates
  private var titles: RunTitles { replicates.titles }
  private var count: Int { replicates.runs.count }

  public init(_ replicates: Replicates) { self.replicates = replicates }

  /// The whole page.
  public func page() -> Page {
    Page(
      title: "Specialised orders over \(count) trainings",
      eyebrow: "OrderedAR · " + replicates.runs.map(\.run.name).joined(separator: ", "),
      lead: replicates.runs[0].run.settings.about ?? "Several trainings with equal settings.",
      opening: opening(), sections: [comparison(), spread(), likelihood(), runs()].compactMap { $0 },
      footer: "Made by `score replicates` from the runs' own files. It holds no scripts and loads nothing.")
  }

  // MARK: opening

  private func opening() -> [Block] {
    let cautions = cautions
    let warning: [Block] =
      cautions.isEmpty ? [] : [.cautions(title: "Read these numbers with care", cautions)]
    guard let measure = replicates.headline else {
      return [
        .verdict(
          "Whether specialised orders helped was not measured.",
          [
            "The scores hold no distances, since no features of the images were given. \(replicates.runs[0].advice)"
          ])
      ] + warning
    }
    let verdict = replicates.verdict(by: measure)
    var sentences = verdict.sentences
    var tables = [Block]()
    if let table = verdict.table(measure: "`\(measure.name)` to \(measure.reference)") {
      tables.append(.table(table))
    }
    let ratios = DistanceRatios(replicates.compared(by: measure).map(\.as))
    if let table = ratios.table(measure: "`\(measure.name)` to \(measure.reference)", unit: .training) {
      tables.append(.table(table))
    }
    if let second = replicates.second {
      let other = replicates.verdict(by: second)
      if let sentence = other.also(by: "`\(second.name)`") { sentences.append(sentence) }
      if let table = other.table(measure: "`\(second.name)` to \(second.reference)") {
        tables.append(.details(summary: "The same tests by kernel distance", [.table(table)]))
      }
    }
    let caption =
      "`\(measure.name)` to \(measure.reference), mean ± standard error over \(count) training seeds, of each the mean "
      + "over its sampling seeds; lower is better."
    return [.verdict(verdict.headline, sentences)] + warning
      + [.paragraph(caption), .keyFigures(cards(measure, best: verdict.best?.name))] + tables
  }

  private func cards(_ measure: ReportScores.Measure, best: String?) -> [Block.KeyFigure] {
    let arms = replicates.compared(by: measure).filter { !$0.as.values.isEmpty }
    let decimals = Format.decimals(arms.map(\.as.mean), digits: 3)
    return arms.map { name, arm in
      let remarks = [titles.remark(on: name), arm.name == best ? "**lowest of all**" : ""]
      return Block.KeyFigure(
        Format.fixed(arm.mean, decimals),
        spread: arm.standardError.map { "± " + Format.fixed($0, decimals) } ?? "± unknown", arm.name,
        remark: remarks.filter { !$0.isEmpty }.joined(separator: ", "),
        isHighlighted: arm.role == .specialised)
    }
  }

  private var cautions: [String] {
    var found = [String]()
    if count < 4 {
      let critical = Format.significant(StudentT.critical(level: 0.95, degrees: count - 1))
      found.append(
        "\(count) training seeds leave \(count - 1) degree\(count == 2 ? "" : "s") of freedom: even a single t must exceed "
          + "\(critical), so only huge differences can be told. `SEEDS` takes more.")
    }
    if !replicates.incomplete.isEmpty {
      let names = replicates.incomplete.map { "“\($0)”" }.joined(separator: ", ")
      found.append("Not every run has scores of \(names), so the page leaves them out.")
    }
    return found
  }

  // MARK: tables

  /// A column of numbers by training, for arms or models.
  private struct Column {
    let title: String
    let hint: String
    let values: [[UInt64: Double]]
    /// Nil where neither more nor less is better.
    var isLowBest: Bool?
  }

  private func table(
    _ caption: String, lead: String, _ names: [Table.Cell], _ columns: [Column], _ marked: [Bool]
  )
    -> Table
  {
    let columns = columns.filter { $0.values.contains { !$0.isEmpty } }
    let cells = columns.map { column -> [Table.Cell] in
      let summaries = column.values.map { Summary(inSequence: $0) }
      let means = summaries.filter { $0.count > 0 }.map(\.mean)
      let best = column.isLowBest.flatMap { $0 ? means.min() : means.max() }
      let decimals = Format.decimals(means)
      return summaries.map { summary in
        guard summary.count > 0 else { return "–" }
        return .number(
          summary.mean, spread: summary.standardError, decimals: decimals, isBest: summary.mean == best)
      }
    }
    return Table(
      caption: "\(caption), mean ± standard error over \(count) training seeds.",
      columns: [Table.Column(lead)] + columns.map { Table.Column($0.title, hint: $0.hint) },
      rows: names.indices.map { row in
        Table.Row([names[row]] + cells.map { $0[row] }, style: marked[row] ? .highlighted : .plain)
      })
  }

  private var armNames: [Table.Cell] {
    replicates.arms.map { Table.Cell(titles.title(ofArm: $0), spread: $0) }
  }
  private var markedArms: [Bool] { replicates.arms.map { titles.isSpecialised($0) } }

  private func comparison() -> Page.Section? {
    guard !replicates.arms.isEmpty else { return nil }
    func column(_ title: String, _ layer: String, _ quantity: Quantity, _ against: ArmRecord.Reference)
      -> Column?
    {
      guard let measure = replicates.runs[0].measure(layer, quantity, against) else { return nil }
      return Column(
        title: title, hint: "\(measure.name) to \(measure.reference)",
        values: replicates.arms.map { replicates.values($0, measure) }, isLowBest: quantity.isDistance)
    }
    var blocks = [Block]()
    for layer in replicates.layers {
      let distances = [
        column("FD to real", layer, .frechet, .real),
        column("FD to reconstr.", layer, .frechet, .reconstructions),
        column("KD to real", layer, .kernel, .real),
        column("KD to reconstr.", layer, .kernel, .reconstructions),
      ].compactMap { $0 }
      let shares = [Quantity.precision, .recall, .density, .coverage].compactMap {
        column($0.symbol, layer, $0, .real)
      }
      blocks.append(
        .table(table("Distances by `\(layer)`", lead: "model · order", armNames, distances, markedArms)))
      if !shares.isEmpty {
        blocks.append(
          .details(
            summary: "Precision, recall, density and coverage in \(layer)",
            [
              .table(
                table("Neighbourhoods in `\(layer)`", lead: "model · order", armNames, shares, markedArms))
            ]))
      }
    }
    let plain = [
      Column(
        title: "d", hint: "Mean distance between the cells of consecutive tokens",
        values: replicates.arms.map { replicates.values($0, \.stepDistance) }),
      Column(
        title: "commonest code", hint: "Share of the test images' commonest code",
        values: replicates.arms.map { replicates.values($0, \.commonestCode) }),
    ]
    if plain.contains(where: { $0.values.contains { !$0.isEmpty } }) {
      blocks.append(
        .table(table("What needs no features", lead: "model · order", armNames, plain, markedArms)))
    }
    return Page.Section("Comparison", blocks)
  }

  /// The single values behind the headline, and which chance is larger.
  private func spread() -> Page.Section? {
    guard let measure = replicates.headline else { return nil }
    let arms = replicates.comparable
    let decimals = Format.decimals(arms.flatMap { replicates.values($0, measure).values.map { $0 } })
    func number(_ value: Double?) -> Table.Cell { value.map { .number($0, decimals: decimals) } ?? "–" }
    let rows = arms.map { arm -> Table.Row in
      let values = replicates.values(arm, measure)
      let ofTraining = Summary(inSequence: values).deviation
      return Table.Row(
        [Table.Cell(titles.title(ofArm: arm))] + (1...count).map { number(values[UInt64($0)]) }
          + [number(ofTraining), number(replicates.deviationOfSampling(arm, measure))],
        style: titles.isSpecialised(arm) ? .highlighted : .plain)
    }
    return Page.Section(
      "Spread",
      [
        .paragraph(
          "What another training changes, beside what other samples of the same model change. Where the first is larger, "
            + "the interval of a single run is too short for what it seems to say."),
        .table(
          Table(
            caption: "`\(measure.name)` to \(measure.reference) by training.",
            columns: ["model · order"]
              + replicates.runs.enumerated().map { Table.Column("\($0 + 1)", hint: $1.run.name) }
              + [
                Table.Column("σ training", hint: "Standard deviation over training seeds"),
                Table.Column("σ sampling", hint: "Standard deviation over sampling seeds of one training"),
              ],
            rows: rows)),
      ])
  }

  private func likelihood() -> Page.Section? {
    let (models, orders) = (replicates.models, replicates.orders)
    guard !models.isEmpty else { return nil }
    let columns = orders.map { order in
      Column(
        title: order, hint: "Order of prediction", values: models.map { replicates.bits($0, order) },
        isLowBest: true)
    }
    let table = table(
      "Bits per token of test images", lead: "model", models.map { Table.Cell(titles.title(ofModel: $0)) },
      columns, models.map { titles.isSpecialised(model: $0) })
    return Page.Section("Likelihood", [.table(table)])
  }

  // MARK: runs

  /// The trainings with the settings in which they differ.
  private func runs() -> Page.Section? {
    let folders = replicates.runs.map(\.run)
    var keys = [String]()
    for folder in folders.dropFirst() {
      let found = SettingDifferences(folders[0].settings.json, folder.settings.json).entries.map(\.key)
      keys += found.filter { !keys.contains($0) }
    }
    func value(_ key: String, _ run: RunFolder) -> String {
      let found = key.split(separator: ".").reduce(run.settings.json) { $0[String($1)] ?? .null }
      return found.string ?? found.text
    }
    return Page.Section(
      "Runs",
      [
        .paragraph(
          "Everything but these seeds is equal. The folder of each run holds its own report, with samples, training curves "
            + "and content ids."),
        .table(
          Table(
            caption: "Seeds of training.",
            columns: ["setting"]
              + folders.enumerated().map { Table.Column("\($0 + 1)", hint: $1.path, isText: false) },
            rows: [Table.Row([Table.Cell("run")] + folders.map { Table.Cell($0.name) }, style: .muted)]
              + keys.map { key in
                Table.Row([Table.Cell("`\(key)`")] + folders.map { Table.Cell(value(key, $0)) })
              })),
      ])
  }
}
