import Foundation
import Images

/// Line charts in rows of two as one SVG file that stands alone: its colours and fonts are inside, and follow the
/// reader's preference for light or dark.
///
/// All charts share one legend, the series of the first; give lines that mean the same the same name and colour.
public struct ChartSheet: Sendable {
  public let title: String
  public let charts: [LineChart]

  public init(title: String, charts: [LineChart]) {
    self.title = title
    self.charts = charts
  }

  private static let margin = 24.0
  private static let heading = 30.0
  private static let legendRow = 24.0
  private static let legendColumns = 3

  private var columns: Int { min(charts.count, 2) }
  private var rows: Int { (charts.count + 1) / 2 }
  private var width: Double { Self.margin + Double(columns) * (LineChart.width + Self.margin) }
  private var legendRows: Int {
    ((charts.first?.series.count ?? 0) + Self.legendColumns - 1) / Self.legendColumns
  }
  private var cell: Double { LineChart.height + Self.heading + Self.margin }

  /// The file's text; equal content gives equal text.
  public func svg() -> String {
    let height = Double(rows) * cell + 2 * Self.margin + Double(legendRows) * Self.legendRow
    let size = "width=\"\(Int(width))\" height=\"\(Int(height))\""
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" \(size) viewBox=\"0 0 \(Int(width)) \(Int(height))\" "
        + "class=\"chart\" role=\"img\" aria-label=\"\(Markup.escape(title))\">",
      "<title>\(Markup.escape(title))</title>", "<style>", Stylesheet.drawing,
      ".chart { color: var(--ink); font-family: var(--sans); }",
      ".chart text.heading { font-size: 14px; font-weight: 600; }", "</style>",
      "<rect width=\"100%\" height=\"100%\" style=\"fill:var(--paper)\"/>",
    ]
    for (index, chart) in charts.enumerated() {
      let x = Self.margin + Double(index % 2) * (LineChart.width + Self.margin)
      let y = Self.margin + Double(index / 2) * cell
      lines.append(
        "<text class=\"heading\" x=\"\(Format.coordinate(x))\" y=\"\(Format.coordinate(y + 12))\">"
          + "\(Markup.escape(chart.title))</text>")
      lines.append(
        "<svg x=\"\(Format.coordinate(x))\" y=\"\(Format.coordinate(y + Self.heading))\" "
          + "width=\"\(Int(LineChart.width))\" height=\"\(Int(LineChart.height))\">")
      lines += [chart.svg(), "</svg>"]
    }
    lines += legend(y: Double(rows) * cell + 1.5 * Self.margin)
    lines += ["</svg>", ""]
    return lines.joined(separator: "\n")
  }

  /// Writes the file, whole or not at all.
  /// - Throws: `ImageError` when the file cannot be written.
  public func write(to path: String) throws { try ImageFiles.write(Array(svg().utf8), to: path) }

  private func legend(y: Double) -> [String] {
    let series = charts.first?.series ?? []
    let column = (width - 2 * Self.margin) / Double(Self.legendColumns)
    return series.enumerated().flatMap { index, line in
      let style = LineChart.style(line.colour ?? index, isDashed: line.isDashed)
      let x = Self.margin + Double(index % Self.legendColumns) * column
      let start = Format.coordinate(x)
      let text = Format.coordinate(x + 32)
      let level = Format.coordinate(y + Double(index / Self.legendColumns) * Self.legendRow)
      return [
        "<path class=\"line\" \(style) d=\"M\(start) \(level)h26\"/>",
        "<text x=\"\(text)\" y=\"\(level)\" dy=\"4\">\(Markup.escape(line.name))</text>",
      ]
    }
  }
}
