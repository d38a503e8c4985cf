import Comparison
import Files
import Foundation

/// The table that `score folders` prints.
struct FolderTable {
  let comparison: FolderComparison
  let record: FoldersRecord

  var text: String {
    var lines = TextColumns.aligned(
      [["metric", "value", "95 % interval", "N real", "N fake", "D"]] + record.metrics.map(cells))
    if record.metrics.contains(where: { !$0.deviations.isEmpty }) {
      lines.append("(σ: population deviation over subsets or splits, no standard error)")
    }
    let methods = Set(record.metrics.compactMap(\.interval?.method)).sorted()
    lines += methods.map { "(interval: \($0))" }
    if !record.differences.isEmpty, let against = comparison.against {
      lines += ["", "\(comparison.generated[0].path) minus \(against.path), paired permutation test:"]
      lines += TextColumns.aligned(
        [["metric", "difference", "p", "permutations"]]
          + record.differences.map {
            [
              $0.name, Self.number($0.difference, signed: true), String(format: "%.4f", $0.pValue),
              grouped($0.permutations),
            ]
          })
    }
    lines.append("")
    for (role, set) in comparison.sets { lines.append(Self.fact(role, set.path + Self.described(set))) }
    let space = comparison.space
    lines.append(Self.fact("network", space.layers.map(\.name).joined(separator: " + ")))
    lines.append(Self.fact("pipeline", space.resize))
    if !space.weights.isEmpty { lines.append(Self.fact("weights", "sha256 \(space.weights)")) }
    return (lines + record.warnings.map { "warning: \($0)" }).joined(separator: "\n")
  }

  private func cells(_ row: FoldersRecord.Row) -> [String] {
    var value = Self.number(row.mean)
    if row.deviations.count == 1 { value += " (σ \(Self.number(row.deviations[0])))" }
    let interval = row.interval.map { "\(Self.number($0.low)) … \(Self.number($0.high))" } ?? "–"
    let known = Set(row.generatedCounts.map { $0.map(grouped) ?? "?" })
    let count = known.sorted().joined(separator: "/")
    let times = row.generatedCounts.count > 1 ? "\(row.generatedCounts.count) × " : ""
    return [
      row.name, value, interval, row.metric == .inceptionScore ? "–" : row.referenceCount.map(grouped) ?? "?",
      times + count, grouped(row.dimension),
    ]
  }

  private static func number(_ value: Double, signed: Bool = false) -> String {
    let digits = abs(value) < 1 ? 6 : (abs(value) < 1000 ? 4 : 2)
    return String(format: "%\(signed ? "+" : "").\(digits)f", value)
  }

  private static func fact(_ name: String, _ value: String) -> String {
    name + String(repeating: " ", count: max(10 - name.count, 1)) + value
  }

  private static func described(_ set: ScoredSet) -> String {
    var parts = [String]()
    if let pictures = set.pictures { parts.append("\(grouped(pictures.count)) images") }
    if set.pictures == nil, let features = set.features {
      parts.append("features of \(grouped(features.count))")
    }
    if set.file?.statistics != nil {
      parts.append("statistics" + (set.file?.count.map { " of \(grouped($0)) images" } ?? ""))
    }
    return "  (" + parts.joined(separator: ", ") + ")"
  }
}
