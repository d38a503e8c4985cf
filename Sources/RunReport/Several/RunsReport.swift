import Files
import Reporting

/// The comparison of two runs as text for people and as JSON.
public struct RunsReport {
  let a: RunFolder
  let b: RunFolder
  let settings: SettingDifferences
  let scores: [RunComparison.Row]
  let likelihoods: [RunComparison.Row]

  /// Compares B with A.
  public init(_ a: RunFolder, _ b: RunFolder) {
    self.a = a
    self.b = b
    settings = SettingDifferences(a.settings.json, b.settings.json)
    let comparison = RunComparison(a: a, b: b)
    scores = comparison.scores()
    likelihoods = comparison.likelihoods()
  }

  private static let level = 0.95
  private var rows: [RunComparison.Row] { scores + likelihoods }
  private var intervals: Int { rows.count { $0.difference != nil } }
  /// The level of each of so many intervals at which all of them together hold with 95 % (Bonferroni).
  private var correctedLevel: Double { 1 - (1 - Self.level) / Double(max(intervals, 1)) }

  /// What a reader must know about the numbers, and what is missing.
  var notes: [String] {
    var notes = [String]()
    for (name, run) in [("A", a), ("B", b)] {
      if run.settings.isMissing {
        notes.append("\(name) has no config/settings.json, so its settings are unknown.")
      }
      if run.scores.isEmpty { notes.append("\(name) has no scores yet: make scores RUN=\(run.path)") }
      if run.likelihoods.isEmpty {
        notes.append("\(name) has no likelihoods yet: make scores RUN=\(run.path)")
      }
    }
    if scores.contains(where: { $0.difference != nil }) {
      notes.append(
        "Intervals of scores are over sampling seeds. Each run has one training seed: they say whether these two "
          + "trained models differ, not whether these settings would differ with other training seeds.")
    }
    for method in Set(scores.compactMap { $0.difference?.method }).sorted() {
      notes.append(
        "Scores: \(method)" + (method.hasPrefix("paired") ? ", since the seeds are the same." : "."))
    }
    if likelihoods.contains(where: { $0.difference != nil }) {
      notes.append(
        "Intervals of likelihoods are over images, as of two independent samples: over the same images they are too wide."
      )
    }
    if intervals > 0 {
      notes.append(
        "* zero is outside of this 95 % interval; ** also when \(intervals) intervals together must hold with 95 % "
          + "(Bonferroni). Among many, one in twenty has a * by chance.")
    }
    return notes
  }

  // MARK: JSON

  /// Everything as a record.
  public var record: RunsRecord {
    RunsRecord(
      schema: 1, runs: RunsRecord.Runs(a: a.path, b: b.path),
      settings: settings.entries.map { RunsRecord.Setting(key: $0.key, a: $0.a, b: $0.b) },
      scores: scores.map { row($0, arm: $0.name) }, likelihoods: likelihoods.map { row($0, model: $0.name) },
      notes: notes)
  }

  private func row(
    _ row: RunComparison.Row, arm: String? = nil, model: String? = nil
  ) -> RunsRecord.Row {
    let difference = row.difference.map { difference in
      let half = difference.halfWidth(level: Self.level)
      return RunsRecord.Difference(
        mean: difference.mean, standardError: difference.standardError, degrees: difference.degrees,
        interval: [difference.mean - half, difference.mean + half], method: difference.method,
        excludesZero: difference.excludesZero(level: Self.level),
        excludesZeroCorrected: difference.excludesZero(level: correctedLevel))
    }
    return RunsRecord.Row(
      quantity: row.quantity, arm: arm, model: model, a: row.a, b: row.b, remark: row.remark,
      difference: difference)
  }

  // MARK: Text

  /// Tables for people.
  public var text: String {
    var parts = ["A  \(a.path)\nB  \(b.path)"]
    if settings.entries.isEmpty {
      parts.append("The settings are the same.")
    } else {
      parts.append(
        Self.table(
          [["setting", "A", "B"]]
            + settings.entries.map { [$0.key, Self.short($0.a), Self.short($0.b)] }))
    }
    for (title, rows) in [("arm", scores), ("model", likelihoods)] {
      var quantities = [String]()
      for row in rows where !quantities.contains(row.quantity) { quantities.append(row.quantity) }
      for quantity in quantities {
        let shown = rows.filter { $0.quantity == quantity }
        let decimals = Self.decimals(shown)
        parts.append(
          quantity + "\n"
            + Self.table([[title, "A", "B", "B − A", "95 %"]] + shown.map { line($0, decimals) }))
      }
    }
    return (parts + [notes.joined(separator: "\n")]).filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private func line(_ row: RunComparison.Row, _ decimals: Int) -> [String] {
    func number(_ measured: RunComparison.Measured?) -> String {
      guard let measured else { return "–" }
      let spread = measured.standardError.map { " ± " + Format.fixed($0, decimals) } ?? ""
      return Format.fixed(measured.mean, decimals) + spread
    }
    guard let difference = row.difference else {
      return [row.name, number(row.a), number(row.b), "–", row.remark]
    }
    let half = difference.halfWidth(level: Self.level)
    let mark =
      difference.excludesZero(level: correctedLevel)
      ? " **" : difference.excludesZero(level: Self.level) ? " *" : ""
    let interval =
      "\(Format.fixed(difference.mean - half, decimals)) … \(Format.fixed(difference.mean + half, decimals))"
    return [
      row.name, number(row.a), number(row.b), Format.fixed(difference.mean, decimals), interval + mark,
    ]
  }

  /// Four significant digits of the largest value, two decimals at least.
  private static func decimals(_ rows: [RunComparison.Row]) -> Int {
    let largest = rows.flatMap { [$0.a?.mean, $0.b?.mean] }.compactMap { $0 }.map(abs).max() ?? 0
    return largest >= 10 ? 2 : largest >= 1 ? 3 : 4
  }

  private static func short(_ value: JSONValue?) -> String {
    guard let value else { return "–" }
    let text = value.string ?? value.text
    return text.count > 40 ? text.prefix(39) + "…" : text
  }

  /// Columns as wide as their widest cell.
  private static func table(_ rows: [[String]]) -> String {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).map { cell, width in
        cell + String(repeating: " ", count: width - cell.count)
      }
      let line = "  " + cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }.joined(separator: "\n")
  }
}
