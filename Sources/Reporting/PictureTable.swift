import Images

/// Pictures in rows and columns that both mean something, such as conditions and steps; a wide one scrolls in its own box.
public struct PictureTable: Sendable {
  public struct Row: Sendable {
    public let label: String
    /// A picture for each column; nil leaves its cell empty.
    public let panels: [FigureGrid.Panel?]

    public init(_ label: String, panels: [FigureGrid.Panel?]) {
      self.label = label
      self.panels = panels
    }
  }

  public let caption: String
  /// What rows are, above their labels.
  public let corner: String
  public let columns: [String]
  public let rows: [Row]

  /// Requires every row to have one picture, or nil, per column.
  public init(caption: String, corner: String, columns: [String], rows: [Row]) {
    precondition(
      rows.allSatisfy { $0.panels.count == columns.count }, "each row of pictures has one per column")
    self.caption = caption
    self.corner = corner
    self.columns = columns
    self.rows = rows
  }

  private static let leastWidth = 56

  /// What a page with such tables needs in its stylesheet.
  static let style = """
    .pictures table { width: auto; }
    .pictures th, .pictures td:not(.number) { min-width: 0; padding: 0.2rem 0.25rem; vertical-align: middle; }
    .pictures th:first-child { padding-left: 0.7rem; }
    .pictures tbody th { min-width: 6.5rem; max-width: 13rem; font-size: 0.875rem; }
    .pictures thead th + th { text-align: center; }
    .pictures img { width: var(--width); height: auto; display: block; image-rendering: pixelated; border-radius: 2px; }
    """

  /// - Throws: `ImageError` when an image cannot be encoded.
  func html() throws -> String {
    let width = rows.lazy.flatMap(\.panels).compactMap { $0 }.first?.image.width ?? Self.leastWidth
    // A whole multiple for pixels of one size.
    let factor = max((Self.leastWidth + width - 1) / max(width, 1), 1)
    let shown = factor > 1 ? factor * width : min(width, 2 * Self.leastWidth)
    var lines = [
      "<figure class=\"table pictures\" style=\"--width:\(shown)px\">",
      "<figcaption>\(Markup.prose(caption))</figcaption>",
      "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"\(Markup.escape(caption))\">",
      "<table>", "<thead><tr>",
    ]
    lines += ([corner] + columns).map { "<th scope=\"col\">\(Markup.prose($0))</th>" }
    lines += ["</tr></thead>", "<tbody>"]
    for row in rows {
      let cells = try row.panels.map { "<td>\(try $0.map(FigureGrid.tag) ?? "")</td>" }.joined()
      lines.append("<tr><th scope=\"row\">\(Markup.prose(row.label))</th>\(cells)</tr>")
    }
    lines += ["</tbody></table>", "</div>", "</figure>", ""]
    return lines.joined(separator: "\n")
  }
}
