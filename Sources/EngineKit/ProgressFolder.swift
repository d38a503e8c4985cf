import Files
import Foundation
import Shards

/// The folder beside a model with the images that it drew while it learned, a shard for each validation:
/// `progress/step-000400.shard`.
public struct ProgressFolder: Sendable {
  public let path: String

  /// - Parameter model: the file of the model's weights.
  public init(beside model: String) { path = "\(parentFolder(of: model))/progress" }

  /// The shards by step, the first first; none where there is no folder.
  public var shards: [(step: Int, path: String)] {
    names(in: path).compactMap { name in Self.step(of: name).map { ($0, "\(path)/\(name)") } }
      .sorted { $0.0 < $1.0 }
  }

  /// Writes the shard of a step, whole or not at all.
  /// - Throws: `FileError.io`.
  package func write(_ table: ProgressTable, provenance: Provenance) throws {
    try table.write(to: "\(path)/\(Self.name(of: table.step))", provenance: provenance)
  }

  /// Removes the shards of a run that was left behind.
  package func removeAll() {
    for shard in shards { try? FileManager.default.removeItem(atPath: shard.path) }
  }

  private static func name(of step: Int) -> String { String(format: "step-%06d.shard", step) }

  /// The step in a file's name; nil for the name of something else.
  private static func step(of name: String) -> Int? {
    guard name.hasPrefix("step-"), name.hasSuffix(".shard") else { return nil }
    return Int(name.dropFirst("step-".count).dropLast(".shard".count)).flatMap {
      self.name(of: $0) == name ? $0 : nil
    }
  }
}
