import Files
import Shards
import StageKit

extension StageRun {
  /// Writes a JSON result with its provenance, sorted and indented, whole or not at all.
  func publish(
    _ result: JSONValue, to path: String, configID: String, seed: UInt64, inputs: [Provenance.Input],
    precision: String? = nil, count: Int, unit: String
  ) throws {
    var members = result.object ?? [:]
    members["provenance"] = try JSONValue(
      encoding: Provenance(
        stage: name, algorithm: Score.algorithm, configID: configID, seed: seed, inputs: inputs,
        precision: precision))
    members["schema"] = 1
    if let place = JSONValue.object(members).nonFinitePath {
      throw StageError(
        .internal,
        "\(path) was not written: '\(place)' is no finite number. Look at the model, features or samples that it is "
          + "measured on; 'shard verify' checks them.")
    }
    let bytes = Array((JSONValue.object(members).prettyText + "\n").utf8)
    try writeAtomically(bytes, to: path)
    try wrote(path, contentID: SHA256.hex(bytes), count: count, unit: unit)
  }
}
