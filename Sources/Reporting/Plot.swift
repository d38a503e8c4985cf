/// The rectangle of a line chart: two axes, their frame, and values as positions in it.
struct Plot {
  let x: Axis
  let y: Axis
  private let leftEdge: Double
  private let rightEdge: Double
  private let topEdge: Double
  private let bottomEdge: Double

  /// Lines with more points than this are drawn in groups.
  private static let pointLimit = 400
  private static let groupCount = 160

  init(x: Axis, y: Axis, width: Double, height: Double) {
    self.x = x
    self.y = y
    let widest = y.ticks.map(\.label.count).max() ?? 1
    leftEdge = 14 + 6.8 * Double(widest)
    rightEdge = width - max(16, 3.6 * Double(x.ticks.last?.label.count ?? 1))
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
    for point in points {
      guard let px = x(point.x), let py = y(point.y) else {
        isDrawing = false
        continue
      }
      result += "\(isDrawing ? "L" : "M")\(px) \(py)"
      isDrawing = true
    }
    return result
  }

  /// The outline of the area between the least and the largest value of each group.
  func band(_ groups: [Group]) -> String {
    let upper = groups.map { (x: $0.x, y: $0.most) }
    let lower = groups.reversed().map { (x: $0.x, y: $0.least) }
    let outline = path(upper + lower)
    return outline.isEmpty ? "" : outline + "Z"
  }

  /// Neighbouring points of a long line, drawn as their mean on a band from the least to the largest.
  struct Group: Equatable {
    let x: Double
    let mean: Double
    let least: Double
    let most: Double
  }

  /// The groups of a line with more points than can be told apart; nil for a line drawn point by point.
  static func groups(_ points: [(x: Double, y: Double)]) -> [Group]? {
    guard points.count > pointLimit else { return nil }
    return (0..<groupCount).compactMap { group in
      let range = group * points.count / groupCount..<(group + 1) * points.count / groupCount
      let finite = points[range].filter { $0.x.isFinite && $0.y.isFinite }
      guard let least = finite.map(\.y).min(), let most = finite.map(\.y).max() else { return nil }
      let count = Double(finite.count)
      return Group(
        x: finite.map(\.x).reduce(0, +) / count, mean: finite.map(\.y).reduce(0, +) / count, least: least,
        most: most)
    }
  }
}
