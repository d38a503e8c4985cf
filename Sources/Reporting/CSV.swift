import Images

/// Tables for spreadsheets and scripts (RFC 4180 with line feeds).
public struct CSV: Sendable, Equatable {
  /// One value of a row.
  public enum Value: Sendable, Equatable, ExpressibleByStringLiteral, ExpressibleByFloatLiteral,
    ExpressibleByIntegerLiteral
  {
    case text(String)
    /// Written with as few digits as give the same number back; an empty field if not finite.
    case number(Double)
    case integer(Int)

    public init(stringLiteral value: String) { self = .text(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(integerLiteral value: Int) { self = .integer(value) }

    var field: String {
      switch self {
      case .text(let text): CSV.quoted(text)
      case .number(let value): value.isFinite ? "\(value)" : ""
      case .integer(let value): "\(value)"
      }
    }
  }

  public let header: [String]
  public private(set) var rows: [[Value]] = []

  public init(header: [String]) { self.header = header }

  /// Adds a row; requires as many values as the header has names.
  public mutating func append(_ row: [Value]) {
    precondition(row.count == header.count, "a row of \(row.count) values under \(header.count) names")
    rows.append(row)
  }

  /// The whole file, header first, with a line feed after each line.
  public var text: String {
    let lines = [header.map { Self.quoted($0) }] + rows.map { $0.map(\.field) }
    return lines.map { $0.joined(separator: ",") + "\n" }.joined()
  }

  /// Writes the file, whole or not at all.
  /// - Throws: `ImageError.unwritable` with the system's reason.
  public func write(to path: String) throws {
    try ImageFiles.write(Array(text.utf8), to: path)
  }

  private static func quoted(_ text: String) -> String {
    let special = text.unicodeScalars.contains { [",", "\"", "\n", "\r"].contains($0) }
    guard special else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
