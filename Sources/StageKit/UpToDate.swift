import Files
import Foundation
import Shards

/// Decides by content whether a stage has anything to do; Make only decides by time whether to ask.
///
/// An output is up to date if it verifies and says of itself that this stage made it by this algorithm from
/// this configuration and these inputs. That repairs wrong times after a clone or a copy, and ends a rebuild
/// early when an earlier stage produced the same bytes again.
package enum UpToDate {
  /// Whether the shard at `path` is what the stage would make now. Damaged or foreign files are not.
  ///
  /// - Parameters:
  ///   - origin: that of what would be made.
  ///   - part: the part of its split that it must be; nil takes any.
  package static func check(_ path: String, _ origin: Provenance, part: ShardPart? = nil) -> Bool {
    guard access(path, F_OK) == 0, let header = try? ShardHeader.peek(path) else { return false }
    return matches(header, origin, part: part) && (try? ShardHeader.verified(path)) != nil
  }

  /// Whether a shard with this header is what the stage would make now.
  static func matches(_ header: ShardHeader, _ origin: Provenance, part: ShardPart?) -> Bool {
    (part == nil || header.part == part) && matches(header.provenance, origin)
  }

  /// The same for a JSON result with the member `provenance`, as `score` writes them.
  package static func checkJSON(_ path: String, _ origin: Provenance) -> Bool {
    guard let bytes = try? ReadableFile.bytes(of: path),
      let value = try? JSONValue(parsing: bytes),
      let provenance = try? value["provenance"]?.decode(Provenance.self)
    else { return false }
    return matches(provenance, origin)
  }

  /// The seed is a setting, and precision too: the configuration's id has both.
  private static func matches(_ found: Provenance, _ origin: Provenance) -> Bool {
    found.stage == origin.stage && found.algorithm == origin.algorithm && found.configID == origin.configID
      && found.inputs == origin.inputs
  }

  /// Makes the file as new as today, so that Make does not ask again.
  static func touch(_ path: String) { utimes(path, nil) }
}
