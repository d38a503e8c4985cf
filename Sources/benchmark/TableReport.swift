import Files
import Kernels
import Models
import Reporting

/// The table as Markdown and as JSON, with the conditions it was measured under.
struct TableReport {
  let machine: Machine
  let model: AnyOrderConfiguration
  let repetitions: Int
  /// Version of PyTorch, or why there are no ratios.
  let peer: Result<String, Peer.Problem>
  let memory: Bool
  var rows: [TableRow] = []
  /// What went wrong on the way and left a gap.
  var remarks: [String] = []

  private var hasPeer: Bool { if case .success = peer { true } else { false } }

  func markdown(_ peaks: PeakProduct) -> String {
    var columns = ["work", "precision", "rate", "range", "unit", "GFLOP/s", "of the peak"]
    if memory { columns.append("memory") }
    if hasPeer { columns += Precision.allCases.map { "times PyTorch \($0)" } }
    var table = MarkdownTable(columns)
    for row in rows {
      for line in row.lines(peaks: peaks, memory: memory, peer: hasPeer) { table.add(line) }
    }
    return table.text + "\n" + notes(peaks).map { "- \($0)\n" }.joined()
  }

  private func notes(_ peaks: PeakProduct) -> [String] {
    var notes = [
      "Model: \(model.summary).",
      "Machine: \(machine.summary); load \(Format.fixed(machine.load, 2)) before and "
        + "\(Format.fixed(Machine.loadNow, 2)) after.",
      "Medians of \(repetitions), all contenders of a work in turn. GFLOP/s count products, nothing twice.",
    ]
    for precision in Precision.allCases {
      guard let bursts = peaks.bursts[precision], let least = bursts.min() else {
        notes.append("No \(precision.rawValue): \(precision.unavailableReason ?? "it was left out").")
        continue
      }
      notes.append(
        "Matrix-multiply peak in \(precision.rawValue): \(Format.significant(peaks.best(precision))) GFLOP/s, the "
          + "best of \(bursts.count) bursts between the works (the worst: \(Format.significant(least))).")
    }
    switch peer {
    case .success(let version):
      notes.append("PyTorch \(version), eager, \(machine.threads) threads; its own rate in brackets.")
    case .failure(let problem):
      notes.append("No ratios to PyTorch: \(problem).")
    }
    return notes + remarks
  }

  func json(_ peaks: PeakProduct) -> JSONValue {
    let bursts = peaks.bursts.map { ($0.key.rawValue, JSONValue.array($0.value.map(JSONValue.number))) }
    let best = peaks.bursts.keys.map { ($0.rawValue, JSONValue.number(peaks.best($0))) }
    var pytorch: [String: JSONValue] = [:]
    switch peer {
    case .success(let version): pytorch["version"] = .string(version)
    case .failure(let problem): pytorch["absent"] = .string(problem.description)
    }
    return [
      "machine": machine.json, "load_after": .number(Machine.loadNow),
      "model": (try? JSONValue(encoding: model)) ?? .null, "repetitions": .integer(repetitions),
      "peak_gflops": .object(Dictionary(uniqueKeysWithValues: best)),
      "peak_bursts_gflops": .object(Dictionary(uniqueKeysWithValues: bursts)), "pytorch": .object(pytorch),
      "works": .array(rows.map { $0.json(peaks: peaks) }), "remarks": .array(remarks.map(JSONValue.string)),
    ]
  }
}
