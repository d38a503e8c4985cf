import Files
import Foundation

/// The numbers of a training run, one line per entry: `metrics.jsonl` (the truth) and `metrics.csv` (the same
/// data).
///
/// Every line goes to disk when it is written. On resuming, `init` cuts both files back to the checkpoint's
/// step, and drops a last line that a kill left unfinished, so a resumed run has the same numbers as an
/// uninterrupted one.
public final class MetricsLog {
  private let columns: [String]
  private let directory: String
  private let json: Int32
  private let csv: Int32

  /// Opens both files in a folder and keeps the entries up to a step.
  /// - Parameters:
  ///   - columns: the names of the numbers, besides `step`, in the order of the CSV file.
  ///   - step: the checkpoint's step; 0 starts from nothing.
  public init(directory: String, columns: [String], resumingAfter step: Int) throws {
    self.columns = columns
    self.directory = directory
    let jsonPath = directory + "/metrics.jsonl"
    let kept = step > 0 ? Self.entries(jsonPath).filter { ($0["step"]?.int ?? .max) <= step } : []
    let lines = kept.map { $0.text + "\n" }.joined()
    let rows = kept.map { entry in Self.row(columns) { $0 == "step" ? entry["step"] : entry[$0] } }.joined()
    try writeAtomically(Array(lines.utf8), to: jsonPath)
    try writeAtomically(Array((Self.head(columns) + rows).utf8), to: directory + "/metrics.csv")
    json = try Self.append(jsonPath)
    csv = try Self.append(directory + "/metrics.csv")
  }

  /// Adds an entry. Numbers without a column are refused as a programmer's mistake; columns may be left out.
  public func write(step: Int, _ values: [String: Double]) throws {
    precondition(values.keys.allSatisfy(columns.contains), "a number without a column")
    var entry = values.mapValues { JSONValue.number($0) }
    entry["step"] = .integer(step)
    try Self.put(JSONValue.object(entry).text + "\n", json, directory + "/metrics.jsonl")
    try Self.put(Self.row(columns) { entry[$0] }, csv, directory + "/metrics.csv")
  }

  deinit {
    close(json)
    close(csv)
  }

  /// All complete entries of a file; an absent file has none.
  public static func entries(_ path: String) -> [JSONValue] {
    guard let bytes = try? ReadableFile.bytes(of: path) else { return [] }
    let text = String(decoding: bytes, as: UTF8.self)
    return text.split(separator: "\n").compactMap { try? JSONValue(parsing: String($0)) }
  }

  private static func head(_ columns: [String]) -> String {
    (["step"] + columns).joined(separator: ",") + "\n"
  }

  private static func row(_ columns: [String], _ value: (String) -> JSONValue?) -> String {
    (["step"] + columns).map { value($0)?.text ?? "" }.joined(separator: ",") + "\n"
  }

  private static func append(_ path: String) throws -> Int32 {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError.io(path: path, operation: "open", code: errno) }
    return descriptor
  }

  private static func put(_ text: String, _ descriptor: Int32, _ path: String) throws {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw FileError.io(path: path, operation: "write", code: errno) }
      bytes = bytes.dropFirst(count)
    }
  }
}
