import Files
import Kernels
import Reporting

/// The results of one sweep as a chart, a table and JSON.
struct CurveChart {
  let sweep: CurveSweep
  let points: [CurveSweep.Result]
  let precisions: [Precision]

  private struct Line {
    let work: String
    let precision: Precision
    let colour: Int
    var name: String { "\(work), \(precision.rawValue)" }
  }

  private var lines: [Line] {
    precisions.flatMap { precision in
      CurveSweep.works.enumerated().map { Line(work: $1, precision: precision, colour: $0) }
    }
  }

  private func results(_ line: Line) -> [CurveSweep.Result] {
    points.filter { $0.work == line.work && $0.precision == line.precision }
  }

  /// One line for each work and precision; the second precision is dashed.
  var chart: LineChart {
    LineChart(
      title: sweep.title, xLabel: sweep.xLabel, yLabel: "images per second",
      series: lines.map { line in
        LineChart.Series(
          line.name, points: results(line).map { (x: Double($0.x), y: $0.imagesPerSecond) },
          isDashed: line.precision == .float32 && precisions.count > 1, colour: line.colour)
      }, hasLogarithmicX: sweep.isLogarithmic, hasLogarithmicY: true,
      xTicks: sweep.points.map { Double($0.x) })
  }

  var markdown: String {
    var table = MarkdownTable([sweep.xLabel] + lines.map(\.name))
    for x in sweep.points.map(\.x) {
      table.add(
        ["\(x)"]
          + lines.map { line in
            results(line).first { $0.x == x }.map { Format.significant($0.imagesPerSecond) } ?? "–"
          })
    }
    return table.text
  }

  var json: JSONValue {
    [
      "id": .string(sweep.id),
      "points": .array(
        points.map { point in
          [
            "x": .integer(point.x), "work": .string(point.work),
            "precision": .string(point.precision.rawValue),
            "images": .integer(point.images), "images_per_second": .number(point.imagesPerSecond),
            "gflops": .number(point.gigaflops),
            "seconds": .array(point.samples.seconds.map(JSONValue.number)),
          ]
        }),
    ]
  }
}
