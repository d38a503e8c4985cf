import Files

/// The records of a CSV file (RFC 4180), read piece by piece: a record lies in memory, the file does not.
///
/// Fields are parted by commas and records by line feeds, with a carriage return before them or not. A field in quotes may
/// hold both, and `""` for a quote. A quote inside a field that does not begin with one stands for itself.
package struct CSVReader {
  package struct Record: Equatable {
    /// Where it begins, from 1.
    package let line: Int
    package let fields: [[UInt8]]
  }

  private enum Place { case start, plain, quoted, afterQuote }

  private let path: String
  private let limit: Int
  private var bytes: ByteStream
  private var line = 1

  /// - Parameter limit: the most bytes of a record.
  /// - Throws: `FileError` for a file that cannot be opened.
  package init(_ path: String, limit: Int) throws {
    self.path = path
    self.limit = limit
    bytes = ByteStream(try ReadableFile(path))
  }

  /// The next record, nil at the end. Empty lines are passed over.
  /// - Throws: `CaptionError` for text behind a closing quote, a quote without its end, and a record beyond the limit.
  package mutating func next() throws -> Record? {
    while true {
      guard let record = try record() else { return nil }
      if record.fields != [[]] { return record }
    }
  }

  private mutating func record() throws -> Record? {
    let first = line
    var (fields, field, place, size) = ([[UInt8]](), [UInt8](), Place.start, 0)
    while let byte = try bytes.next() {
      size += 1
      guard size <= limit else { throw CaptionError.oversizedRow(path: path, line: first, limit: limit) }
      if byte == UInt8(ascii: "\n") { line += 1 }
      switch (place, byte) {
      case (.quoted, UInt8(ascii: "\"")): place = .afterQuote
      case (.quoted, _): field.append(byte)
      case (.afterQuote, UInt8(ascii: "\"")):
        field.append(byte)
        place = .quoted
      case (_, UInt8(ascii: ",")):
        fields.append(field)
        (field, place) = ([], .start)
      case (_, UInt8(ascii: "\n")):
        return Record(line: first, fields: fields + [place == .plain ? Self.withoutReturn(field) : field])
      case (.start, UInt8(ascii: "\"")): place = .quoted
      case (.afterQuote, UInt8(ascii: "\r")): break
      case (.afterQuote, _):
        throw CaptionError.badRow(path: path, line: first, detail: "a field goes on behind its closing quote")
      case (_, _):
        field.append(byte)
        place = .plain
      }
    }
    guard place != .quoted else {
      throw CaptionError.badRow(path: path, line: first, detail: "a quote is never closed")
    }
    if size == 0 { return nil }
    return Record(line: first, fields: fields + [place == .plain ? Self.withoutReturn(field) : field])
  }

  private static func withoutReturn(_ field: [UInt8]) -> [UInt8] {
    field.last == UInt8(ascii: "\r") ? field.dropLast() : field
  }
}

/// The bytes of a file one by one, with a piece of it in memory.
struct ByteStream {
  private static let pieceBytes = 1 << 16

  private let file: ReadableFile
  private var piece = [UInt8]()
  private var place = 0

  init(_ file: ReadableFile) { self.file = file }

  /// The next byte, nil at the end.
  mutating func next() throws -> UInt8? {
    if place == piece.count {
      piece = try file.read(Self.pieceBytes)
      place = 0
      if piece.isEmpty { return nil }
    }
    defer { place += 1 }
    return piece[place]
  }
}
