import Comparison
import EngineKit
import StageKit

/// The configuration of all subcommands: the sections `compute`, `data` and `score` of a preset.
struct ScoreSettings: Decodable {
  /// Reads a configuration file, for every subcommand that has one.
  static func load(_ path: String) throws -> (ScoreSettings, configID: String) {
    try StageConfiguration.load(path, as: ScoreSettings.self, algorithm: Score.algorithm)
  }

  let algorithm: Int
  /// For likelihoods; nothing else that is scored runs the transformer.
  let compute: ComputeSettings
  let data: DataSettings
  let score: ScoreSection
}
