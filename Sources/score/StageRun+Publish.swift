import Comparison
import Files
import Shards
import StageKit

extension StageRun {
  /// Writes a record with its provenance, sorted and indented, whole or not at all.
  func publish(
    _ record: some Codable & Sendable, to path: String, configID: String, seed: UInt64,
    inputs: [Provenance.Input], precision: String? = nil, count: Int, unit: String
  ) throws {
    let json = try JSONValue(
      record: Published(
        record,
        provenance: Provenance(
          stage: name, algorithm: Score.algorithm, configID: configID, seed: seed, inputs: inputs,
          precision: precision)))
    if let place = json.nonFinitePath {
      throw StageError(
        .internal,
        "\(path) was not written: '\(place)' is no finite number. Look at the model, features or samples that it is "
          + "measured on; 'shard verify' checks them.")
    }
    let bytes = Array((json.prettyText + "\n").utf8)
    try writeAtomically(bytes, to: path)
    try wrote(path, contentID: SHA256.hex(bytes), count: count, unit: unit)
  }
}
