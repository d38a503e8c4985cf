import Files
import Kernels
import Reporting

/// What was measured of one work.
struct TableRow {
  let work: Work
  /// The engine's times by precision.
  var ours: [Precision: Samples] = [:]
  /// The peer's times by precision.
  var peers: [Precision: Samples] = [:]
  /// The most memory that a process doing nothing else had resident.
  var peakBytes: [Precision: Int] = [:]

  /// Units of work a second.
  func rate(_ seconds: Double) -> Double { work.amount / seconds }

  func gigaflops(_ samples: Samples) -> Double { work.operations / samples.median / 1e9 }

  /// How many times as fast as the peer in some precision the engine is.
  func ratio(_ precision: Precision, to peer: Precision) -> Double? {
    guard let ours = ours[precision], let theirs = peers[peer] else { return nil }
    return theirs.median / ours.median
  }

  /// One line of the table for every precision of the engine.
  func lines(peaks: PeakProduct, memory: Bool, peer: Bool) -> [[String]] {
    Precision.allCases.compactMap { precision in
      guard let samples = ours[precision] else { return nil }
      let rates = [samples.median, samples.most, samples.least].map { Format.significant(rate($0)) }
      var cells = [
        work.name, precision.rawValue, rates[0], "\(rates[1])–\(rates[2])", work.unit,
        Format.significant(gigaflops(samples)),
        Format.percent(gigaflops(samples) / peaks.best(precision)),
      ]
      if memory { cells.append(peakBytes[precision].map { Format.count($0 >> 20) + " MiB" } ?? "–") }
      if peer { cells += Precision.allCases.map { comparison(precision, with: $0) } }
      return cells
    }
  }

  private func comparison(_ precision: Precision, with peer: Precision) -> String {
    guard let ratio = ratio(precision, to: peer), let theirs = peers[peer] else { return "–" }
    return "\(Format.significant(ratio)) (\(Format.significant(rate(theirs.median))))"
  }

  func json(peaks: PeakProduct) -> JSONValue {
    func entry(_ samples: Samples) -> [String: JSONValue] {
      [
        "seconds": .array(samples.seconds.map(JSONValue.number)), "rate": .number(rate(samples.median)),
        "rate_least": .number(rate(samples.most)), "rate_most": .number(rate(samples.least)),
        "gflops": .number(gigaflops(samples)),
      ]
    }
    let engine = ours.map { precision, samples -> (String, JSONValue) in
      var result = entry(samples)
      result["share_of_peak"] = .number(gigaflops(samples) / peaks.best(precision))
      if let bytes = peakBytes[precision] { result["peak_bytes"] = .integer(bytes) }
      for peer in Precision.allCases {
        if let ratio = ratio(precision, to: peer) { result["ratio_to_pytorch_\(peer)"] = .number(ratio) }
      }
      return (precision.rawValue, .object(result))
    }
    return [
      "id": .string(work.id), "name": .string(work.name), "unit": .string(work.unit),
      "amount": .number(work.amount), "operations": .number(work.operations),
      "ordered_ar": .object(Dictionary(uniqueKeysWithValues: engine)),
      "pytorch": .object(
        Dictionary(uniqueKeysWithValues: peers.map { ($0.key.rawValue, .object(entry($0.value))) })),
    ]
  }
}
