import Shards
import StageKit

extension StageRun {
  /// Whether a result must be made; see `make`.
  func mustMake(
    _ path: String, algorithm: Int, configID: String, inputs: [Provenance.Input]
  ) throws -> Bool {
    try mustMake(path, provenance(algorithm: algorithm, configID: configID, inputs: inputs))
  }
}
