import Files
import Foundation
import Metrics
import Models
import Orders

/// Exact extraction and some lazy settings on the same images, timed in turn and compared.
package struct ExtractionTrial {
  /// What one setting gave.
  private struct Row {
    let laziness: Laziness
    var agreement = AgreementSummary()
    /// Steps whose location equation (1) would have chosen in the same context, and all steps that were audited.
    var sameSteps = 0
    var steps = 0
    /// Images per second of every timed batch.
    var rates: [Double] = []
    /// Exact seconds over own ones, of every timed batch.
    var speedUps: [Double] = []

    var sameNextStep: Double { steps == 0 ? 1 : Double(sameSteps) / Double(steps) }
  }

  /// The exact method first.
  private var rows: [Row]
  private let locations: Int
  private let repetitions: Int
  private var batches = 0

  package init(settings: [Laziness], locations: Int, repetitions: Int) {
    rows = ([.exact] + settings).map { Row(laziness: $0) }
    self.locations = locations
    self.repetitions = repetitions
  }

  /// Extracts one batch with every setting.
  package mutating func run(_ extractor: GreedyOrderExtractor, tokens: [[Int]], conditions: [Condition]) {
    if batches == 0 { _ = extractor.extract(tokens: tokens, conditions: conditions) }
    for repetition in 0..<repetitions {
      var seconds = [Double](repeating: 0, count: rows.count)
      var results = rows.map { _ in [GreedyOrderExtractor.Result]() }
      for turn in rows.indices {
        // Each batch begins with another setting, so that none always follows the same one.
        let index = (turn + batches) % rows.count
        seconds[index] =
          ContinuousClock().measure {
            results[index] = extractor.extract(
              tokens: tokens, conditions: conditions, laziness: rows[index].laziness)
          } / .seconds(1)
      }
      batches += 1
      for index in rows.indices {
        rows[index].rates.append(Double(conditions.count) / seconds[index])
        rows[index].speedUps.append(seconds[0] / seconds[index])
      }
      if repetition == 0 { compare(results) }
    }
    // The exact method needs no audit.
    for index in rows.indices.dropFirst() {
      let audit = extractor.extract(
        tokens: tokens, conditions: conditions, laziness: rows[index].laziness, audited: true)
      for result in audit {
        rows[index].sameSteps += result.isExactChoice.count { $0 }
        rows[index].steps += result.isExactChoice.count
      }
    }
  }

  private mutating func compare(_ results: [[GreedyOrderExtractor.Result]]) {
    let exactBits = results[0].map(bits)
    for index in rows.indices {
      for (exact, lazy) in zip(results[0], results[index]) {
        rows[index].agreement.add(exact.order, lazy.order)
      }
      rows[index].agreement.add(bits: exactBits, results[index].map(bits))
    }
  }

  private func bits(_ result: GreedyOrderExtractor.Result) -> Double {
    -result.logLikelihood.reduce(0.0) { $0 + Double($1) } / Double(locations) / log(2)
  }

  private func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  /// A table in Markdown.
  package var markdown: String {
    let head = [
      "refresh", "candidates", "queries an image", "images/s", "speed-up", "same next step", "Kendall's tau",
      "equal steps", "bits a token", "more than exact",
    ]
    let lines = rows.enumerated().map { index, row -> [String] in
      let agreement = row.agreement
      let queries = grouped(row.laziness.queries(locations: locations))
      let speed = String(format: "%.1f", median(row.rates))
      let bits = String(format: "%.4f", agreement.bits.second.mean)
      guard index > 0 else { return ["exact", "", queries, speed, "1", "1", "1", "100 %", bits, ""] }
      return [
        "\(row.laziness.refresh)", "\(row.laziness.candidates)", queries, speed,
        String(format: "%.2f", median(row.speedUps)), String(format: "%.3f", row.sameNextStep),
        String(format: "%.3f ± %.3f", agreement.tau.mean, agreement.tau.deviation ?? 0),
        String(format: "%.0f %%", 100 * agreement.equalSteps.mean), bits,
        String(
          format: "%+.4f ± %.4f", agreement.bits.difference.mean,
          agreement.bits.difference.standardError ?? 0),
      ]
    }
    let rule = head.map { _ in "---" }
    return ([head, rule] + lines).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
  }

  /// The same as JSON, with the speed-ups of all batches.
  package var json: JSONValue {
    .array(
      rows.map { row in
        var result = row.agreement.json.object ?? [:]
        result["refresh"] = .integer(row.laziness.refresh)
        result["candidates"] = .integer(row.laziness.candidates)
        result["queries_per_image"] = .integer(row.laziness.queries(locations: locations))
        result["images_per_second"] = .number(median(row.rates))
        result["speed_up"] = .number(median(row.speedUps))
        result["speed_ups"] = .array(row.speedUps.map(JSONValue.number))
        result["same_next_step"] = .number(row.sameNextStep)
        return .object(result)
      })
  }
}
