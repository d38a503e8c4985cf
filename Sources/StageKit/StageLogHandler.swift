import Files
import Foundation
import Logging

/// Writes log lines to stderr: `stage: message` for people, or one JSON object a line for programs.
///
/// JSON lines hold `time` (UTC, ISO 8601), `level`, `stage`, `message`, and the metadata, of which `event` is
/// always present (`Log.Event`).
struct StageLogHandler: LogHandler {
  let stage: String
  let format: LogFormat
  let terminal: Terminal
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let facts = metadata.merging(event.metadata ?? [:]) { _, new in new }
    switch format {
    case .text: terminal.write(line: text(event.level, "\(event.message)"))
    case .json: terminal.write(line: json(event.level, "\(event.message)", facts))
    }
  }

  private func text(_ level: Logger.Level, _ message: String) -> String {
    let (label, colour) =
      switch level {
      case .warning: ("warning: ", "\u{1B}[33m")
      case .error, .critical: ("", "\u{1B}[31m")
      default: ("", "")
      }
    let start = "\(stage): \(label)"
    return (terminal.hasColours && !colour.isEmpty ? "\(colour)\(start)\u{1B}[0m" : start) + message
  }

  private func json(_ level: Logger.Level, _ message: String, _ facts: Logger.Metadata) -> String {
    var members: [String: JSONValue] = [
      "time": .string(Self.now()), "level": .string(level.rawValue), "stage": .string(stage),
      "message": .string(message),
    ]
    for (key, value) in facts where members[key] == nil { members[key] = Self.value("\(value)") }
    return JSONValue.object(members).text
  }

  /// Numbers stay numbers, everything else is a string.
  private static func value(_ text: String) -> JSONValue {
    if let integer = Int(text) { return .integer(integer) }
    if let number = Double(text), number.isFinite { return .number(number) }
    return .string(text)
  }

  /// The time of day in UTC to the millisecond, as in 2025-03-01T12:00:00.123Z.
  static func now() -> String {
    Date().formatted(.iso8601.year().month().day().time(includingFractionalSeconds: true))
      .appending("Z")
  }
}
