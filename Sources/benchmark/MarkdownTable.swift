/// A Markdown table whose columns line up when it is read as plain text.
struct MarkdownTable {
  let columns: [String]
  private(set) var rows: [[String]] = []

  init(_ columns: [String]) { self.columns = columns }

  mutating func add(_ cells: [String]) {
    precondition(cells.count == columns.count, "a row has one cell a column")
    rows.append(cells)
  }

  /// The first column is set flush left, the others flush right.
  var text: String {
    let widths = columns.indices.map { column in
      max(3, ([columns] + rows).map { $0[column].count }.max() ?? 0)
    }
    let rule =
      "|"
      + widths.enumerated().map { index, width in
        " "
          + (index == 0
            ? String(repeating: "-", count: width) : String(repeating: "-", count: width - 1) + ":")
          + " |"
      }.joined()
    return ([line(columns, widths), rule] + rows.map { line($0, widths) }).joined(separator: "\n") + "\n"
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    "|"
      + zip(cells, widths).enumerated().map { index, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return index == 0 ? " \(cell.0)\(padding) |" : " \(padding)\(cell.0) |"
      }.joined()
  }
}
