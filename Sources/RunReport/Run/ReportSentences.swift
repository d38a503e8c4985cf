import Comparison
import Reporting

/// Whether images show what the sentences say that they were drawn from, beside the same measure of real ones.
struct ReportSentences {
  let run: RunFolder
  let titles: RunTitles

  /// Nil where nothing was measured.
  func section() throws -> Page.Section? {
    let found = try run.sentences()
    let arms = titles.sorted(arms: Set(found.keys))
    guard let first = arms.first, let any = found[first]?.record else { return nil }
    var rows = arms.compactMap { arm in
      found[arm].map { row(titles.title(ofArm: arm), $0.record.generated) }
    }
    if let ceiling = any.ceiling { rows.append(row("real test images", ceiling, style: .muted)) }
    let table = Table(
      caption:
        "Images that show what their sentence says, in per cent, ± the standard error over sampling seeds",
      columns: [
        "images from sentences", Table.Column("garment's colour", hint: "measured from pixels"),
        Table.Column("background's colour", hint: "measured from pixels"),
        Table.Column("class", hint: "told by a classifier of real training images"), "all three",
        Table.Column("all three, seen pairs", hint: "pairs of class and garment colour that training shows"),
        Table.Column("all three, held-out pairs", hint: "pairs that no training image shows"),
      ],
      rows: rows,
      notes: [
        "Real images are the ceiling: what they lack is the fault of the measure. Held-out pairs show whether a model "
          + "puts together what it has seen apart."
      ])
    return Page.Section("Sentences", [.table(table)])
  }

  private func row(_ title: String, _ rows: SentencesRecord.Rows, style: Table.Row.Style = .plain)
    -> Table.Row
  {
    func cell(_ share: SentencesRecord.Share?) -> Table.Cell {
      guard let share else { return "–" }
      return .number(100 * share.rate, spread: share.standardError.map { 100 * $0 }, decimals: 1)
    }
    let all = rows.all
    return Table.Row(
      [
        Table.Cell(title), cell(all.garment), cell(all.background), cell(all.label), cell(all.all),
        cell(rows.seen?.all), cell(rows.heldOut?.all),
      ], style: style, opensGroup: style == .muted)
  }
}
