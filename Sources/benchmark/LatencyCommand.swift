import ArgumentParser
import Files
import Foundation
import Kernels
import Models
import Orders
import Reporting
import StageKit

/// Seconds an image when one image is wanted: the rows of the paper's table 8 on this machine.
struct LatencyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency",
    abstract: "Measure the seconds to one image, with and without a cache.",
    discussion: """
      All variants take the most likely code. The greedy ones must give the same
      image in the same order in float32; if they do not, the exit code is 1. In
      bfloat16 rounding may turn near ties, of which random weights have many.
      """)

  @OptionGroup var model: RandomModelOptions
  @OptionGroup var measure: MeasureOptions
  @OptionGroup var output: OutputOptions
  @Option(help: "Repetitions of the naive variant, which takes long.") var naiveRepetitions = 1

  func validate() throws {
    try requireOption(naiveRepetitions, in: 1...MeasureOptions.mostRepetitions, "--naive-repetitions")
  }

  func run() throws {
    measure.configureThreads()
    let machine = Machine(threads: measure.threads)
    let random = RandomModel(try model.configuration())
    let rows = measure.precisions.flatMap { precision in
      LatencyRow.all(random, precision).map { row in
        var row = row
        row.run(repetitions: row.isNaive ? min(naiveRepetitions, measure.repetitions) : measure.repetitions)
        return row
      }
    }
    let unequal = measure.precisions.filter { precision in
      let greedy = rows.filter { $0.precision == precision && $0.isGreedy }
      return greedy.contains { $0.tokens != greedy[0].tokens || $0.order != greedy[0].order }
    }
    try output.publish(
      report(rows, machine: machine, unequal: unequal),
      [
        "machine": machine.json, "model": (try? JSONValue(encoding: random.configuration)) ?? .null,
        "rows": .array(rows.map(\.json)),
        "greedy_images_equal": .bool(unequal.isEmpty),
      ])
    guard !unequal.contains(.float32) else { throw ExitCode(1) }
  }

  private func report(_ rows: [LatencyRow], machine: Machine, unequal: [Precision]) -> String {
    var table = MarkdownTable([
      "one image", "precision", "seconds", "range", "times the cached raster", "paper, seconds",
      "paper, times",
    ])
    for row in rows {
      let base = rows.first { $0.precision == row.precision && $0.isReference } ?? row
      let seconds = row.samples
      table.add([
        row.name, row.precision.rawValue, Format.significant(seconds.median),
        "\(Format.significant(seconds.least))–\(Format.significant(seconds.most))",
        Format.significant(seconds.median / base.samples.median), Format.fixed(row.paper, 2),
        Format.significant(row.paper / LatencyRow.paperReference),
      ])
    }
    let verdicts = measure.precisions.map { precision in
      let greedy = rows.filter { $0.precision == precision && $0.isGreedy }
      guard unequal.contains(precision) else {
        return "\(precision.rawValue): all greedy variants gave the same image in the same order."
      }
      let first = greedy.map { Self.firstDifference($0.order, greedy[0].order) }.min() ?? 0
      let rounding = precision == .bfloat16 ? ", where rounding turned a near tie" : ""
      return "\(precision.rawValue): greedy variants differ from step \(first) on\(rounding)."
    }
    let conditions = (try? model.configuration().summary) ?? ""
    return table.text
      + """

      - \(verdicts.joined(separator: "\n- "))
      - Model: \(conditions).
      - Machine: \(machine.summary). The paper's column is its table 8: 256 tokens on a GPU.

      """
  }

  private static func firstDifference(_ one: [Int], _ other: [Int]) -> Int {
    zip(one, other).enumerated().first { $1.0 != $1.1 }?.offset ?? one.count
  }
}
