import Foundation
import Images

/// Text for a person, with colour where stdout is a terminal that wants it.
package struct TextPage {
  package private(set) var text = ""
  let colour: Bool
  let unicode: Bool

  package init() {
    let environment = ProcessInfo.processInfo.environment
    let plain = !(environment["NO_COLOR"] ?? "").isEmpty || ["", "dumb"].contains(environment["TERM"] ?? "")
    colour = isatty(STDOUT_FILENO) == 1 && !plain
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    unicode = ["UTF-8", "UTF8"].contains { locale.uppercased().contains($0) }
  }

  /// Adds a line.
  package mutating func line(_ content: String = "") { text += content + "\n" }

  /// Adds a heading.
  package mutating func heading(_ content: String) { line(colour ? "\u{1B}[1m\(content)\u{1B}[0m" : content) }

  /// Adds a fact under a heading: its name, padded, and its value.
  package mutating func fact(_ name: String, _ value: String) {
    line("  " + name + String(repeating: " ", count: max(16 - name.count, 1)) + value)
  }

  /// Adds rows of right-aligned cells under each other.
  package mutating func table(_ rows: [[String]]) {
    let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    for row in rows {
      line(
        "    "
          + zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined(separator: "  ")
      )
    }
  }

  /// Values between 0 and 1 as a line of bars, at most 64 wide.
  func sparkline(_ values: [Double]) -> String {
    let width = min(values.count, 64)
    let levels = Array(unicode ? "▁▂▃▄▅▆▇█" : "_.-=+*%#")
    return String(
      (0..<width).map { bin in
        let part = values[(bin * values.count / width)..<((bin + 1) * values.count / width)]
        let mean = part.reduce(0, +) / Double(part.count)
        return levels[min(max(Int(mean * Double(levels.count)), 0), levels.count - 1)]
      })
  }

  /// Adds a grid of numbers with a coloured background where colour is wanted.
  ///
  /// - Parameters:
  ///   - cells: (height · width) texts.
  ///   - shares: colour of each cell between 0 (yellow) and 1 (violet), as in order maps.
  package mutating func grid(_ cells: [String], width: Int, shares: [Double]) {
    let widest = cells.map(\.count).max() ?? 1
    for row in stride(from: 0, to: cells.count, by: width) {
      var result = "    "
      for index in row..<min(row + width, cells.count) {
        let cell = String(repeating: " ", count: widest - cells[index].count + 1) + cells[index] + " "
        result += colour ? painted(cell, shares[index]) : cell
      }
      line(result)
    }
  }

  private func painted(_ cell: String, _ share: Double) -> String {
    let rgb = OrderColours.colour(at: share)
    let ink = Int(rgb[0]) * 3 + Int(rgb[1]) * 6 + Int(rgb[2]) > 1200 ? "30" : "97"
    return "\u{1B}[\(ink);48;2;\(rgb[0]);\(rgb[1]);\(rgb[2])m\(cell)\u{1B}[0m"
  }
}
