import Files

/// A table of captions beside pictures: a row says the file name of a picture and what it shows, as JSON lines or CSV.
///
/// A picture may have several rows, and in JSON a list of captions. Rows are read one by one: only the captions of
/// pictures that are asked for stay in memory.
package enum CaptionTable {
  /// The names that a table may have, of which a folder holds one.
  static let names = ["captions.jsonl", "captions.csv", "metadata.jsonl", "metadata.csv"]
  /// What the columns, or the keys of an object, may be called; the first that is there counts.
  private static let fileColumns = ["file_name", "file", "image"]
  private static let captionColumns = ["caption", "captions", "text"]

  /// The most bytes of a table, and of a row.
  static let limit = 1 << 30
  static let rowLimit = 1 << 20

  package enum Format {
    case csv, jsonLines
  }

  package struct Row {
    let line: Int
    /// The picture, as a path from the table's folder on.
    let name: String
    let captions: [String]
  }

  /// The table of a folder.
  /// - Throws: `CaptionError.severalTables` for more than one.
  static func path(in folder: String) throws -> String? {
    let found = try ImageFiles.list(folder).filter(names.contains)
    guard found.count < 2 else { throw CaptionError.severalTables(folder: folder, names: found) }
    return found.first.map { "\(folder)/\($0)" }
  }

  /// Reads a table row by row. Rows that cannot be read are left out where that is allowed.
  /// - Throws: `CaptionError` for missing columns, a file or row beyond the limits and bad rows; what `body` throws.
  package static func read(
    _ path: String, as format: Format, omissions: inout CaptionOmissions,
    _ body: (Row, inout CaptionOmissions) throws -> Void
  ) throws {
    try ImageFiles.translating(path, "Check the path.") {
      let size = try ReadableFile(path).size
      guard size <= limit else { throw CaptionError.oversized(path: path, found: size, limit: limit) }
      switch format {
      case .csv: try readCSV(path, &omissions, body)
      case .jsonLines: try readJSONLines(path, &omissions, body)
      }
    }
  }

  private static func readCSV(
    _ path: String, _ omissions: inout CaptionOmissions, _ body: (Row, inout CaptionOmissions) throws -> Void
  ) throws {
    var reader = try CSVReader(path, limit: rowLimit)
    let header = try (try reader.next()?.fields ?? []).map {
      CaptionText.lines(try CaptionText.text($0[...], path: path, omissions: &omissions)).joined(
        separator: " ")
    }
    let (file, caption) = (column(fileColumns, in: header), column(captionColumns, in: header))
    guard let file, let caption else { throw withoutColumns(path, header) }
    while let record = try reader.next() {
      guard record.fields.count == header.count else {
        let detail =
          "it has \(record.fields.count) fields instead of \(header.count); a field that holds a comma is put in quotes"
        try leaveOut(path, record.line, detail, &omissions)
        continue
      }
      let texts = try [file, caption].map {
        try CaptionText.text(record.fields[$0][...], path: path, omissions: &omissions)
      }
      try take(path, record.line, texts[0], CaptionText.captions(of: .string(texts[1])), &omissions, body)
    }
  }

  private static func readJSONLines(
    _ path: String, _ omissions: inout CaptionOmissions, _ body: (Row, inout CaptionOmissions) throws -> Void
  ) throws {
    var bytes = ByteStream(try ReadableFile(path))
    var number = 0
    while let line = try self.line(&bytes, path, number + 1) {
      number += 1
      let text = try CaptionText.text(line[...], path: path, omissions: &omissions)
      guard text.contains(where: { !$0.isWhitespace }) else { continue }
      guard let members = try? JSONValue(parsing: text).object else {
        try leaveOut(path, number, "expected a JSON object", &omissions)
        continue
      }
      let file = fileColumns.first { members[$0] != nil }
      let caption = captionColumns.first { members[$0] != nil }
      guard let file, let caption else {
        let missing = withoutColumns(path, members.keys.sorted())
        guard omissions.areAllowed else { throw missing }
        try leaveOut(path, number, "it lacks a key", &omissions)
        continue
      }
      let captions = members[caption].flatMap(CaptionText.captions)
      try take(path, number, members[file]?.string ?? "", captions, &omissions, body)
    }
  }

  private static func take(
    _ path: String, _ line: Int, _ name: String, _ captions: [String]?, _ omissions: inout CaptionOmissions,
    _ body: (Row, inout CaptionOmissions) throws -> Void
  ) throws {
    guard !name.isEmpty else { return try leaveOut(path, line, "it names no file", &omissions) }
    guard let captions else { return try leaveOut(path, line, "it has no caption", &omissions) }
    let plain = name.hasPrefix("./") ? String(name.dropFirst(2)) : name
    try body(Row(line: line, name: plain, captions: captions), &omissions)
  }

  private static func leaveOut(
    _ path: String, _ line: Int, _ detail: String, _ omissions: inout CaptionOmissions
  ) throws {
    let error = CaptionError.badRow(path: path, line: line, detail: detail)
    try omissions.leaveOut(.badRow, "line \(line) of \(path)", error)
  }

  /// The bytes of the next line without its end, nil where there is none.
  private static func line(_ bytes: inout ByteStream, _ path: String, _ number: Int) throws -> [UInt8]? {
    var line = [UInt8]()
    while let byte = try bytes.next() {
      if byte == UInt8(ascii: "\n") { return line }
      line.append(byte)
      guard line.count <= rowLimit else {
        throw CaptionError.oversizedRow(path: path, line: number, limit: rowLimit)
      }
    }
    return line.isEmpty ? nil : line
  }

  private static func column(_ names: [String], in header: [String]) -> Int? {
    names.lazy.compactMap { name in header.firstIndex { $0.lowercased() == name } }.first
  }

  private static func withoutColumns(_ path: String, _ found: [String]) -> CaptionError {
    func choices(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: " or ") }
    var missing = [String]()
    if column(fileColumns, in: found) == nil { missing.append("the column \(choices(fileColumns))") }
    if column(captionColumns, in: found) == nil { missing.append("the column \(choices(captionColumns))") }
    return .withoutColumns(path: path, missing: missing, found: found)
  }
}
