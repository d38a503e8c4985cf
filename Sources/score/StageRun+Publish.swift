import Comparison
import Files
import Shards
import StageKit

extension StageRun {
  /// Makes a record unless it is up to date, and writes it with its provenance.
  ///
  /// - Parameter work: gives the record, and of how many images it tells.
  func publish<Record: Codable & Sendable>(
    to path: String, _ provenance: Provenance, _ work: () throws -> (record: Record, images: Int)
  ) throws {
    try make(path, provenance) {
      let (record, images) = try work()
      return try write(record, to: path, provenance, images: images)
    }
  }

  /// Writes a record with its provenance, sorted and indented, whole or not at all.
  func write(
    _ record: some Codable & Sendable, to path: String, _ provenance: Provenance, images: Int
  ) throws -> MadeOutput {
    let json = try JSONValue(record: Published(record, provenance: provenance))
    if let place = json.nonFinitePath {
      throw StageError(
        .internal,
        "\(path) was not written: '\(place)' is no finite number. Look at the model, features or samples that it is "
          + "measured on; 'shard verify' checks them.")
    }
    let bytes = Array((json.prettyText + "\n").utf8)
    try writeAtomically(bytes, to: path)
    return MadeOutput(contentID: SHA256.hex(bytes), count: images, unit: "images")
  }
}
