/// A table with a caption, for numbers that are compared down its columns.
public struct Table: Sendable {
  /// One cell. A string literal is a plain cell.
  public struct Cell: Sendable, ExpressibleByStringLiteral {
    public let text: String
    /// Printed small after the text, such as ± 0.02.
    public let spread: String
    /// The best of its column, set strong.
    public let isBest: Bool

    public init(_ text: String, spread: String = "", isBest: Bool = false) {
      self.text = text
      self.spread = spread
      self.isBest = isBest
    }

    public init(stringLiteral value: String) { self.init(value) }

    /// A mean with its spread over repetitions; `–` for a value that is not finite.
    public static func number(
      _ value: Double, spread: Double? = nil, decimals: Int, isBest: Bool = false
    ) -> Cell {
      let tail = spread.map { $0.isFinite && value.isFinite ? "± " + Format.fixed($0, decimals) : "" } ?? ""
      return Cell(Format.fixed(value, decimals), spread: tail, isBest: isBest)
    }
  }

  public struct Column: Sendable, ExpressibleByStringLiteral {
    public let title: String
    /// Explains the column when the pointer rests on its title, and to screen readers.
    public let hint: String
    /// Text columns are set flush left, all others flush right.
    public let isText: Bool

    public init(_ title: String, hint: String = "", isText: Bool = false) {
      self.title = title
      self.hint = hint
      self.isText = isText
    }

    public init(stringLiteral value: String) { self.init(value) }
  }

  public struct Row: Sendable {
    /// How a row stands out: as it is, as the one the page is about, or as background such as a floor.
    public enum Style: String, Sendable { case plain, highlighted, muted }

    public let cells: [Cell]
    public let style: Style
    /// Begins a new group: a rule is drawn above.
    public let opensGroup: Bool

    public init(_ cells: [Cell], style: Style = .plain, opensGroup: Bool = false) {
      self.cells = cells
      self.style = style
      self.opensGroup = opensGroup
    }
  }

  public let caption: String
  public let columns: [Column]
  public var rows: [Row]
  /// Remarks under the table.
  public let notes: [String]

  /// Requires every row to have one cell per column; the first column names the rows.
  public init(caption: String, columns: [Column], rows: [Row], notes: [String] = []) {
    precondition(
      rows.allSatisfy { $0.cells.count == columns.count }, "each row of a table has one cell per column")
    self.caption = caption
    self.columns = columns
    self.rows = rows
    self.notes = notes
  }

  func html() -> String {
    var lines = [
      "<figure class=\"table\">", "<figcaption>\(Markup.prose(caption))</figcaption>",
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"\(Markup.escape(caption))\">",
      "<table>", "<thead><tr>",
    ]
    for (index, column) in columns.enumerated() {
      let hint = column.hint.isEmpty ? "" : " title=\"\(Markup.escape(column.hint))\""
      lines.append(
        "<th scope=\"col\"\(kind(index))\(hint)>\(Markup.prose(column.title))</th>")
    }
    lines.append("</tr></thead>")
    lines.append("<tbody>")
    for row in rows {
      let classes = [row.style == .plain ? "" : row.style.rawValue, row.opensGroup ? "group" : ""]
        .filter { !$0.isEmpty }
      let attribute = classes.isEmpty ? "" : " class=\"\(classes.joined(separator: " "))\""
      let cells = row.cells.enumerated().map { index, cell in self.cell(cell, index) }
      lines.append("<tr\(attribute)>\(cells.joined())</tr>")
    }
    lines += ["</tbody></table>", "</div>"]
    lines += notes.map { "<p class=\"remark\">\(Markup.prose($0))</p>" }
    lines += ["</figure>", ""]
    return lines.joined(separator: "\n")
  }

  private func cell(_ cell: Cell, _ index: Int) -> String {
    var content = Markup.prose(cell.text)
    if cell.isBest { content = "<strong>\(content)</strong>" }
    if !cell.spread.isEmpty { content += " <small>\(Markup.escape(cell.spread))</small>" }
    return index == 0 ? "<th scope=\"row\">\(content)</th>" : "<td\(kind(index))>\(content)</td>"
  }

  private func kind(_ index: Int) -> String {
    index == 0 || columns[index].isText ? "" : " class=\"number\""
  }
}
