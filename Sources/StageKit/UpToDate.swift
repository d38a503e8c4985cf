import Files
import Foundation
import Shards

/// Decides by content whether a stage has anything to do; Make only decides by time whether to ask.
///
/// An output is up to date if it verifies and says of itself that this stage made it by this algorithm from
/// this configuration and these inputs. That repairs wrong times after a clone or a copy, and ends a rebuild
/// early when an earlier stage produced the same bytes again.
public enum UpToDate {
  /// Whether the shard at `path` is what the stage would make now. Damaged or foreign files are not.
  ///
  /// - Parameter part: the part of its split that it must be; nil takes any.
  public static func check(
    _ path: String, stage: String, algorithm: Int, configID: String, inputs: [Provenance.Input],
    part: ShardPart? = nil
  ) -> Bool {
    guard access(path, F_OK) == 0, let header = try? ShardHeader.peek(path) else { return false }
    return matches(
      header, stage: stage, algorithm: algorithm, configID: configID, inputs: inputs, part: part)
      && (try? ShardHeader.verified(path)) != nil
  }

  /// Whether a shard with this header is what the stage would make now.
  static func matches(
    _ header: ShardHeader, stage: String, algorithm: Int, configID: String, inputs: [Provenance.Input],
    part: ShardPart?
  ) -> Bool {
    (part == nil || header.part == part)
      && matches(
        header.provenance, stage: stage, algorithm: algorithm, configID: configID, inputs: inputs)
  }

  /// The same for a JSON result with the member `provenance`, as `score` writes them.
  public static func checkJSON(
    _ path: String, stage: String, algorithm: Int, configID: String, inputs: [Provenance.Input]
  ) -> Bool {
    guard let bytes = try? ReadableFile.bytes(of: path),
      let value = try? JSONValue(parsing: bytes),
      let provenance = try? value["provenance"]?.decode(Provenance.self)
    else { return false }
    return matches(provenance, stage: stage, algorithm: algorithm, configID: configID, inputs: inputs)
  }

  /// Whether a provenance is that of what the stage would make now.
  private static func matches(
    _ found: Provenance, stage: String, algorithm: Int, configID: String, inputs: [Provenance.Input]
  ) -> Bool {
    found.stage == stage && found.algorithm == algorithm && found.configID == configID
      && found.inputs == inputs
  }

  /// Makes the file as new as today, so that Make does not ask again.
  static func touch(_ path: String) { utimes(path, nil) }
}
