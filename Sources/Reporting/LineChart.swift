/// A chart of lines over a common axis, as an SVG drawing that follows the page's light or dark colours.
public struct LineChart: Sendable {
  /// One line.
  public struct Series: Sendable {
    public let name: String
    /// Points in drawing order; a value that is not finite (or not positive on a logarithmic axis) breaks the
    /// line. More than 400 points are drawn as the mean of neighbours on a band of their range.
    public let points: [(x: Double, y: Double)]
    public let isDashed: Bool
    /// Which of the series colours, from 0; nil takes the line's place among its chart's lines.
    public let colour: Int?

    public init(
      _ name: String, points: [(x: Double, y: Double)], isDashed: Bool = false, colour: Int? = nil
    ) {
      self.name = name
      self.points = points
      self.isDashed = isDashed
      self.colour = colour
    }
  }

  /// A level that the lines are compared with, drawn as a dotted line with its name.
  public struct Reference: Sendable {
    public let name: String
    public let value: Double

    public init(_ name: String, value: Double) {
      self.name = name
      self.value = value
    }
  }

  public let title: String
  public let xLabel: String
  public let yLabel: String
  public let series: [Series]
  public let references: [Reference]
  public let hasLogarithmicX: Bool
  public let hasLogarithmicY: Bool
  /// Where the horizontal axis has its ticks and ends; with fewer than two values, at round numbers.
  public let xTicks: [Double]

  public init(
    title: String, xLabel: String, yLabel: String, series: [Series], references: [Reference] = [],
    hasLogarithmicX: Bool = false, hasLogarithmicY: Bool = false, xTicks: [Double] = []
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.series = series
    self.references = references
    self.hasLogarithmicX = hasLogarithmicX
    self.hasLogarithmicY = hasLogarithmicY
    self.xTicks = Set(xTicks).count < 2 ? [] : xTicks
  }

  static let width = 480.0
  static let height = 290.0

  /// The figure: title, drawing, legend.
  func html() -> String {
    """
    <figure class="chart">
    <figcaption>\(Markup.prose(title))</figcaption>
    \(svg())
    \(legend())</figure>

    """
  }

  /// The drawing with an accessible title; its strokes and colours come from the page's stylesheet.
  package func svg() -> String {
    let ys = series.flatMap { $0.points.map(\.y) } + references.map(\.value)
    let xScale = hasLogarithmicX ? Axis.Scale.logarithmic : .linear
    let xs = series.flatMap { $0.points.map(\.x) }
    let plot = Plot(
      x: xTicks.isEmpty
        ? Axis(covering: xs, scale: xScale, tickCount: 6, roundsOut: false)
        : Axis(ticks: xTicks, scale: xScale),
      y: Axis(covering: ys, scale: hasLogarithmicY ? .logarithmic : .linear, roundsOut: true),
      width: Self.width, height: Self.height)
    let names = series.map(\.name).joined(separator: ", ")
    let accessible = Markup.escape("\(title). \(yLabel) over \(xLabel): \(names).")
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(Self.width)) \(Int(Self.height))\" "
        + "role=\"img\" aria-label=\"\(accessible)\">",
      "<title>\(accessible)</title>",
    ]
    lines += plot.frame(xLabel: xLabel, yLabel: yLabel)
    for reference in references {
      guard let y = plot.y(reference.value) else { continue }
      lines.append("<path class=\"reference\" d=\"M\(plot.left) \(y)H\(plot.right)\"/>")
      lines.append(
        "<text class=\"note\" x=\"\(plot.right)\" y=\"\(y)\" dy=\"-4\" text-anchor=\"end\">"
          + "\(Markup.escape(reference.name))</text>")
    }
    for (index, line) in series.enumerated() {
      let index = line.colour ?? index
      let style = Self.style(index, isDashed: line.isDashed)
      if let groups = Plot.groups(line.points) {
        lines.append("<path class=\"band\" \(Self.fill(index)) d=\"\(plot.band(groups))\"/>")
        let means = groups.map { (x: $0.x, y: $0.mean) }
        lines.append("<path class=\"line\" \(style) d=\"\(plot.path(means))\"/>")
      } else {
        lines.append("<path class=\"line\" \(style) d=\"\(plot.path(line.points))\"/>")
      }
      let isSparse = line.points.count <= 12
      for point in line.points where isSparse {
        guard let x = plot.x(point.x), let y = plot.y(point.y) else { continue }
        lines.append("<circle \(Self.fill(index)) cx=\"\(x)\" cy=\"\(y)\" r=\"2.6\"/>")
      }
    }
    lines.append("</svg>")
    return lines.joined(separator: "\n")
  }

  private func legend() -> String {
    guard series.count > 1 else { return "" }
    let entries = series.enumerated().map { index, line in
      let style = Self.style(line.colour ?? index, isDashed: line.isDashed)
      return
        "<li><svg viewBox=\"0 0 26 10\" width=\"26\" height=\"10\" aria-hidden=\"true\"><path class=\"line\" "
        + "\(style) d=\"M1 5H25\"/></svg>\(Markup.prose(line.name))</li>"
    }
    return "<ul class=\"legend\">\(entries.joined())</ul>\n"
  }

  static func style(_ index: Int, isDashed: Bool) -> String {
    let colour = "stroke:var(--series-\(index % 8 + 1),currentColor)"
    return "style=\"\(colour)\"" + (isDashed || index >= 8 ? " stroke-dasharray=\"5 3\"" : "")
  }

  private static func fill(_ index: Int) -> String {
    "style=\"fill:var(--series-\(index % 8 + 1),currentColor)\""
  }
}
