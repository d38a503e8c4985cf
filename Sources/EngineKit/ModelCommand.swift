import StageKit

/// The settings of a stage that runs the transformer.
public protocol ModelSettings: Decodable {
  var compute: ComputeSettings { get }
}

/// A stage that runs the transformer: its settings are read in one way, and checked with the precision that they ask
/// for.
public protocol ModelCommand: ConfiguredCommand {
  associatedtype Settings: ModelSettings
  /// The number in pipeline/algorithms.json: raised when the same settings give other results.
  static var algorithm: Int { get }
}

extension ModelCommand {
  /// Reads the settings.
  /// - Throws: `ConfigurationError`.
  public static func settings(_ path: String) throws -> (Settings, configID: String) {
    try StageConfiguration.load(path, as: Settings.self, algorithm: algorithm)
  }

  public static func checkSettings(_ path: String) throws {
    try settings(path).0.compute.requireAvailable(config: path)
  }
}
