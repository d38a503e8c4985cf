/// Horizontal bars with error whiskers, for comparing named things by one number.
public struct BarChart: Sendable {
  public struct Bar: Sendable {
    public let name: String
    public let value: Double
    /// Half the length of the whisker; 0 for none.
    public let spread: Double
    /// Drawn in the accent colour.
    public let isHighlighted: Bool

    public init(_ name: String, value: Double, spread: Double = 0, isHighlighted: Bool = false) {
      self.name = name
      self.value = value
      self.spread = spread
      self.isHighlighted = isHighlighted
    }
  }

  public let title: String
  public let valueLabel: String
  public let bars: [Bar]
  /// A dotted vertical line to compare with, such as a floor.
  public let reference: LineChart.Reference?
  /// Significant digits of the printed values.
  public let digits: Int

  public init(
    title: String, valueLabel: String, bars: [Bar], reference: LineChart.Reference? = nil, digits: Int = 3
  ) {
    self.title = title
    self.valueLabel = valueLabel
    self.bars = bars
    self.reference = reference
    self.digits = digits
  }

  private static let width = 480.0
  /// Letters of a name that fit beside the bars.
  private static let nameLength = 24

  /// The figure: title and drawing.
  func html() -> String {
    """
    <figure class="chart">
    <figcaption>\(Markup.prose(title))</figcaption>
    \(svg())
    </figure>

    """
  }

  /// The drawing; a bar whose value is not finite is left out and its label says –.
  package func svg() -> String {
    let top = reference == nil ? 8.0 : 24
    let names = bars.map { Self.lines(of: $0.name) }
    let rowHeight = names.contains { $0.count > 1 } ? 37.0 : 27
    let bottom = top + rowHeight * Double(bars.count)
    let height = bottom + 44
    let ends = bars.flatMap { [$0.value - $0.spread, $0.value + $0.spread] }
    let axis = Axis(
      covering: ends + [0] + [reference?.value].compactMap { $0 }, scale: .linear, tickCount: 4,
      roundsOut: true)
    let left = min(14 + 6.7 * Double(names.joined().map(\.count).max() ?? 0), Self.width * 0.45)
    let right = Self.width - 58
    func position(_ value: Double) -> Double? { axis.share(value).map { left + (right - left) * $0 } }
    let zero = position(0) ?? left

    let values = bars.map { "\($0.name) \(text($0))" }.joined(separator: "; ")
    let accessible = Markup.escape("\(title). \(valueLabel): \(values).")
    let coordinate = Format.coordinate
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Int(Self.width)) \(coordinate(height))\" "
        + "role=\"img\" aria-label=\"\(accessible)\">",
      "<title>\(accessible)</title>",
    ]
    for tick in axis.ticks {
      guard let x = position(tick.value).map(coordinate) else { continue }
      lines.append("<path class=\"grid\" d=\"M\(x) \(coordinate(top))V\(coordinate(bottom))\"/>")
      lines.append(
        "<text class=\"tick\" x=\"\(x)\" y=\"\(coordinate(bottom))\" dy=\"15\" text-anchor=\"middle\">"
          + "\(Markup.escape(tick.label))</text>")
    }
    lines.append(
      "<text class=\"label\" x=\"\(coordinate(right))\" y=\"\(coordinate(bottom + 36))\" text-anchor=\"end\">"
        + "\(Markup.escape(valueLabel))</text>")
    for (index, bar) in bars.enumerated() {
      let middle = top + rowHeight * (Double(index) + 0.5)
      lines += Self.label(names[index], middle: middle, left: left)
      lines += self.row(bar, middle: middle, zero: zero, position: position)
    }
    if let reference, let x = position(reference.value).map(coordinate) {
      lines.append("<path class=\"reference\" d=\"M\(x) \(coordinate(top - 6))V\(coordinate(bottom))\"/>")
      lines.append(
        "<text class=\"note\" x=\"\(x)\" y=\"\(coordinate(top - 10))\" text-anchor=\"middle\">"
          + "\(Markup.escape(reference.name))</text>")
    }
    lines.append("</svg>")
    return lines.joined(separator: "\n")
  }

  /// A name as it is, or broken at the space that leaves the halves most alike.
  private static func lines(of name: String) -> [String] {
    guard name.count > nameLength else { return [name] }
    let words = name.split(separator: " ")
    let halves = words.indices.dropFirst().map { split in
      [words[..<split].joined(separator: " "), words[split...].joined(separator: " ")]
    }
    return halves.min { Swift.max($0[0].count, $0[1].count) < Swift.max($1[0].count, $1[1].count) } ?? [name]
  }

  private static func label(_ lines: [String], middle: Double, left: Double) -> [String] {
    lines.enumerated().map { index, line in
      let y = middle + 14 * (Double(index) - Double(lines.count - 1) / 2)
      return
        "<text class=\"name\" x=\"\(Format.coordinate(left))\" y=\"\(Format.coordinate(y))\" dx=\"-8\" dy=\"4\" "
        + "text-anchor=\"end\">\(Markup.escape(line))</text>"
    }
  }

  private func row(
    _ bar: Bar, middle: Double, zero: Double, position: (Double) -> Double?
  ) -> [String] {
    let coordinate = Format.coordinate
    var lines = [String]()
    var end = zero
    if let tip = position(bar.value) {
      end = max(tip, zero)
      let style = bar.isHighlighted ? "bar highlighted" : "bar"
      lines.append(
        "<rect class=\"\(style)\" x=\"\(coordinate(min(tip, zero)))\" y=\"\(coordinate(middle - 8))\" "
          + "width=\"\(coordinate(abs(tip - zero)))\" height=\"16\"/>")
    }
    if bar.spread > 0, let low = position(bar.value - bar.spread), let high = position(bar.value + bar.spread)
    {
      end = max(end, high)
      let y = coordinate(middle)
      lines.append(
        "<path class=\"whisker\" d=\"M\(coordinate(low)) \(y)H\(coordinate(high))"
          + "M\(coordinate(low)) \(y)m0 -4v8M\(coordinate(high)) \(y)m0 -4v8\"/>")
    }
    lines.append(
      "<text class=\"tick\" x=\"\(coordinate(end))\" y=\"\(coordinate(middle))\" dx=\"6\" dy=\"4\">"
        + "\(Markup.escape(Format.significant(bar.value, digits)))</text>")
    return lines
  }

  private func text(_ bar: Bar) -> String {
    let value = Format.significant(bar.value, digits)
    return bar.spread > 0 ? "\(value) ± \(Format.significant(bar.spread, 2))" : value
  }
}
