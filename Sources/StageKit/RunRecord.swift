import Files
import Foundation

/// What a run was like, beside its output: everything that must not be inside because it differs between
/// equal results. `orders-00003-of-00008.shard` has `orders-00003-of-00008.run.json`.
struct RunRecord {
  var stage: String
  var output: String
  var contentID: String
  var seconds: Double
  var threads: Int
  /// What the stage adds, such as the BLAS core.
  var facts: [String: String]

  /// The record's path: the output's with its extension replaced.
  static func path(for output: String) -> String {
    URL(filePath: output).deletingPathExtension().appendingPathExtension("run.json").relativePath
  }

  func write() throws {
    var members: [String: JSONValue] = [
      "stage": .string(stage),
      "output": .string(URL(filePath: output).lastPathComponent),
      "content_id": .string(contentID),
      "finished": .string(StageLogHandler.now()),
      "host": .string(ProcessInfo.processInfo.hostName),
      "seconds": .number((seconds * 1000).rounded() / 1000),
      "threads": .integer(threads),
      "peak_memory_bytes": .integer(PeakMemory.bytes),
    ]
    for (key, value) in facts where members[key] == nil { members[key] = .string(value) }
    try writeAtomically(Array((JSONValue.object(members).prettyText + "\n").utf8), to: Self.path(for: output))
  }
}
