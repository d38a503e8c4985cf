import Files
import Foundation

/// What a run was like, beside its output: everything that must not be inside because it differs between
/// equal results. `orders-00003-of-00008.shard` has `orders-00003-of-00008.run.json`.
public struct RunRecord: Codable, Equatable, Sendable {
  public let stage: String
  /// The output's file name.
  public let output: String
  /// Of the output; empty where it has none.
  public let contentID: String
  public let finished: String
  public let host: String
  public let seconds: Double
  public let threads: Int
  public let peakMemoryBytes: Int
  /// What the stage adds, such as `blas_core`; written beside the rest.
  public let facts: [String: String]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case stage, output, finished, host, seconds, threads
    case contentID = "content_id"
    case peakMemoryBytes = "peak_memory_bytes"
  }

  /// Of an output that was just made.
  init(
    stage: String, output: String, contentID: String, seconds: Double, threads: Int, facts: [String: String]
  ) {
    self.stage = stage
    self.output = URL(filePath: output).lastPathComponent
    self.contentID = contentID
    finished = StageLogHandler.now()
    host = ProcessInfo.processInfo.hostName
    self.seconds = (seconds * 1000).rounded() / 1000
    self.threads = threads
    peakMemoryBytes = PeakMemory.bytes
    self.facts = facts
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    stage = try container.decode(String.self, forKey: .stage)
    output = try container.decode(String.self, forKey: .output)
    contentID = try container.decode(String.self, forKey: .contentID)
    finished = try container.decode(String.self, forKey: .finished)
    host = try container.decode(String.self, forKey: .host)
    seconds = try container.decode(Double.self, forKey: .seconds)
    threads = try container.decode(Int.self, forKey: .threads)
    peakMemoryBytes = try container.decode(Int.self, forKey: .peakMemoryBytes)
    let all = try decoder.container(keyedBy: Key.self)
    facts = try all.allKeys.filter { CodingKeys(stringValue: $0.stringValue) == nil }.reduce(into: [:]) {
      $0[$1.stringValue] = try all.decode(String.self, forKey: $1)
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var all = encoder.container(keyedBy: Key.self)
    for (key, value) in facts where CodingKeys(stringValue: key) == nil {
      try all.encode(value, forKey: Key(stringValue: key))
    }
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(stage, forKey: .stage)
    try container.encode(output, forKey: .output)
    try container.encode(contentID, forKey: .contentID)
    try container.encode(finished, forKey: .finished)
    try container.encode(host, forKey: .host)
    try container.encode(seconds, forKey: .seconds)
    try container.encode(threads, forKey: .threads)
    try container.encode(peakMemoryBytes, forKey: .peakMemoryBytes)
  }

  /// The record's path: the output's with its extension replaced.
  static func path(for output: String) -> String {
    URL(filePath: output).deletingPathExtension().appendingPathExtension("run.json").relativePath
  }

  /// Writes the record beside an output.
  func write(beside output: String) throws {
    let text = try JSONValue(record: self).prettyText + "\n"
    try writeAtomically(Array(text.utf8), to: Self.path(for: output))
  }
}
