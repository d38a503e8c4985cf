/// The rectangle of a line chart: two axes, their frame, and values as positions in it.
struct Plot {
  let x: Axis
  let y: Axis
  private let leftEdge: Double
  private let rightEdge: Double
  private let topEdge: Double
  private let bottomEdge: Double

  /// Lines with more points than this are drawn through the least and largest value of each group.
  private static let pointLimit = 800

  init(x: Axis, y: Axis, width: Double, height: Double) {
    self.x = x
    self.y = y
    let widest = y.ticks.map(\.label.count).max() ?? 1
    leftEdge = 14 + 6.8 * Double(widest)
    rightEdge = width - 16
    topEdge = 30
    bottomEdge = height - 42
  }

  var left: String { Format.coordinate(leftEdge) }
  var right: String { Format.coordinate(rightEdge) }
  private var top: String { Format.coordinate(topEdge) }
  private var bottom: String { Format.coordinate(bottomEdge) }

  func x(_ value: Double) -> String? {
    x.share(value).map { Format.coordinate(leftEdge + (rightEdge - leftEdge) * $0) }
  }

  func y(_ value: Double) -> String? {
    y.share(value).map { Format.coordinate(bottomEdge - (bottomEdge - topEdge) * $0) }
  }

  /// Grid lines, ticks and axis names; the name of the vertical axis stands above it, unturned.
  func frame(xLabel: String, yLabel: String) -> [String] {
    var lines = [String]()
    for tick in y.ticks {
      guard let position = y(tick.value) else { continue }
      lines.append("<path class=\"grid\" d=\"M\(left) \(position)H\(right)\"/>")
      lines.append(
        "<text class=\"tick\" x=\"\(left)\" y=\"\(position)\" dx=\"-6\" dy=\"4\" text-anchor=\"end\">"
          + "\(Markup.escape(tick.label))</text>")
    }
    lines.append("<path class=\"axis\" d=\"M\(left) \(bottom)H\(right)\"/>")
    for tick in x.ticks {
      guard let position = x(tick.value) else { continue }
      lines.append("<path class=\"axis\" d=\"M\(position) \(bottom)v4\"/>")
      lines.append(
        "<text class=\"tick\" x=\"\(position)\" y=\"\(bottom)\" dy=\"17\" text-anchor=\"middle\">"
          + "\(Markup.escape(tick.label))</text>")
    }
    lines.append(
      "<text class=\"label\" x=\"\(right)\" y=\"\(bottom)\" dy=\"36\" text-anchor=\"end\">"
        + "\(Markup.escape(xLabel))</text>")
    lines.append("<text class=\"label\" x=\"2\" y=\"14\">\(Markup.escape(yLabel))</text>")
    return lines
  }

  /// The path through the points, broken where a point has no position.
  func path(_ points: [(x: Double, y: Double)]) -> String {
    var result = ""
    var isDrawing = false
    for point in Self.thinned(points) {
      guard let px = x(point.x), let py = y(point.y) else {
        isDrawing = false
        continue
      }
      result += "\(isDrawing ? "L" : "M")\(px) \(py)"
      isDrawing = true
    }
    return result
  }

  /// At most `pointLimit` points with the same outline: of each group the least and the largest, in their
  /// order.
  static func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    guard points.count > pointLimit else { return points }
    let groups = pointLimit / 2
    var result = [(x: Double, y: Double)]()
    for group in 0..<groups {
      let range = group * points.count / groups..<(group + 1) * points.count / groups
      let finite = range.filter { points[$0].y.isFinite }
      guard let least = finite.min(by: { points[$0].y < points[$1].y }),
        let most = finite.max(by: { points[$0].y < points[$1].y })
      else { continue }
      result.append(points[min(least, most)])
      if least != most { result.append(points[max(least, most)]) }
    }
    return result
  }
}
