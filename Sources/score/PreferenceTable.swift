import Comparison
import Files
import Foundation

/// What `score preference analyse` prints.
struct PreferenceTable {
  private let record: PreferenceRecord

  init(_ record: PreferenceRecord) { self.record = record }

  var text: String {
    let total = record.winRate
    var lines = [
      "\(record.arms[0]) preferred to \(record.arms[1]): \(percent(total.rate)) of "
        + "\(grouped(total.wins + total.ties + total.losses)) judgements",
      "\(count(record.participants.count, "participant")), \(count(record.pairs, "pair")); "
        + "\(record.leftOut.count) left out for failed attention checks",
      "", "95 % intervals",
      "  independent judgements (Wilson)  \(interval(total.interval))",
      line("over participants", record.overParticipants), line("over pairs", record.overPairs), "",
      TextColumns.aligned(
        [["made for", "wins", "ties", "losses", "rate", "95 % (Wilson)"]]
          + record.byCondition.map { share in
            [
              share.name.map { $0.isEmpty ? "–" : $0 } ?? "", "\(share.wins)", "\(share.ties)",
              "\(share.losses)", percent(share.rate), interval(share.interval),
            ]
          }
      ).joined(separator: "\n"), "",
      "preferred in \(record.preferred) of \(record.byCondition.count), with an interval above one half in "
        + "\(record.strong)",
    ]
    if let left = record.leftShare { lines.append("the left image was chosen in \(percent(left))") }
    return lines.joined(separator: "\n")
  }

  private func line(_ name: String, _ found: PreferenceRecord.Clustered?) -> String {
    let start = "  " + name.padding(toLength: 33, withPad: " ", startingAt: 0)
    guard let found else { return start + "none: there is one alone" }
    return start + interval(found.interval) + String(format: "  p = %.4f (sign flips)", found.pValue)
  }

  private func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
  private func interval(_ bounds: [Double]) -> String {
    String(format: "%.1f … %.1f %%", 100 * bounds[0], 100 * bounds[1])
  }
  private func count(_ number: Int, _ word: String) -> String {
    "\(grouped(number)) \(word)\(number == 1 ? "" : "s")"
  }
}
