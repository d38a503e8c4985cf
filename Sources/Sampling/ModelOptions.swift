import ArgumentParser
import EngineKit
import Shards
import StageKit

/// The files that all subcommands read: an arm's settings and the models it needs.
package struct ModelOptions: ParsableArguments {
  package init() {}

  @Option(help: "Resolved settings of this arm, as pipeline/stamp writes them.")
  package var config: String
  @Option(help: "Weights shard of the model that fills the locations.")
  package var model: String
  @Option(help: "Weights shard of the model that chooses the locations; the arm's settings say whether.")
  package var teacher: String?
  @Option(
    help: """
      Orders to follow, for the order 'given': an order shard (image i takes its i-th order), a shard of \
      shared orders, or a text or JSON file with one order for all images or one for each.
      """)
  package var orders: String?
  @Option(help: "Weights shard of the image tokenizer.")
  package var tokenizer: String
  @OptionGroup package var words: PromptOptions
  @OptionGroup package var check: SettingsCheckOption

  /// `--check-settings` of all subcommands.
  package static func checkSettings(_ path: String) throws {
    let (settings, _) = try load(path)
    try settings.compute.requireAvailable(config: path)
  }

  private static func load(_ path: String) throws -> (SampleSettings, configID: String) {
    try StageConfiguration.load(path, as: SampleSettings.self, algorithm: SampleStage.algorithm)
  }

  /// The settings, checked against the options that belong to them.
  /// - Returns: the settings and the configuration's id.
  package func settings() throws -> (SampleSettings, configID: String) {
    let (settings, configID) = try Self.load(config)
    guard settings.arm.teacher.isEmpty == (teacher == nil) else {
      throw ValidationError(
        settings.arm.teacher.isEmpty
          ? "\(config) names no teacher: leave --teacher out."
          : "\(config) names the teacher '\(settings.arm.teacher)': give its weights with --teacher.")
    }
    guard (settings.arm.order == .given) == (orders != nil) else {
      throw ValidationError("--orders goes with the order 'given', and 'given' with --orders.")
    }
    return (settings, configID)
  }

  /// The files that are read.
  package var paths: [String?] { [config, model, teacher, orders, tokenizer, words.textTokenizer] }

  /// What the models and orders add to the provenance.
  package func inputs() throws -> [Provenance.Input] {
    var inputs = [
      try Provenance.Input(role: "model", shard: model),
      try Provenance.Input(role: "tokenizer", shard: tokenizer),
    ]
    if let teacher { inputs.append(try Provenance.Input(role: "teacher", shard: teacher)) }
    if let orders { inputs.append(try GivenOrders.input(orders)) }
    inputs += try words.inputs
    return inputs
  }
}
