import ArgumentParser
import ModelStages
import Shards
import StageKit

/// The files that all subcommands read: an arm's settings and the models it needs.
struct ModelOptions: ParsableArguments {
  @Option(help: "Resolved settings of this arm, as pipeline/stamp writes them.")
  var config: String
  @Option(help: "Weights shard of the model that fills the locations.")
  var model: String
  @Option(help: "Weights shard of the model that chooses the locations; the arm's settings say whether.")
  var teacher: String?
  @Option(
    help: """
      Orders to follow, for the order 'given': an order shard (image i takes its i-th order), or a text or \
      JSON file with one order for all images or one for each.
      """)
  var orders: String?
  @Option(help: "Weights shard of the image tokenizer.")
  var tokenizer: String
  @OptionGroup var check: SettingsCheckOption

  /// `--check-settings` of all subcommands.
  static func checkSettings(_ path: String) throws {
    let (settings, _) = try load(path)
    try settings.compute.requireAvailable(config: path)
  }

  private static func load(_ path: String) throws -> (SampleSettings, configID: String) {
    try StageConfiguration.load(path, as: SampleSettings.self, algorithm: Sample.algorithm)
  }

  /// The settings, checked against the options that belong to them.
  /// - Returns: the settings and the configuration's id.
  func settings() throws -> (SampleSettings, configID: String) {
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
  var paths: [String?] { [config, model, teacher, orders, tokenizer] }

  /// What the models and orders add to the provenance.
  func inputs() throws -> [Provenance.Input] {
    var inputs = [
      try Provenance.Input(role: "model", shard: model),
      try Provenance.Input(role: "tokenizer", shard: tokenizer),
    ]
    if let teacher { inputs.append(try Provenance.Input(role: "teacher", shard: teacher)) }
    if let orders { inputs.append(try GivenOrders.input(orders)) }
    return inputs
  }

  /// The seed to draw with and the part of its shard.
  /// - Parameters:
  ///   - shard: a part of the settings' list of seeds; nil means the first.
  ///   - given: a seed that no list has; its shard is one of one.
  /// - Throws: exit code 78 for a part of a list of another length.
  func seed(
    _ settings: SampleSettings, _ shard: String?, _ given: UInt64? = nil
  ) throws -> (seed: UInt64, part: ShardPart) {
    let seeds = settings.sampling.seeds
    let whole = given == nil ? ShardPart(index: 0, count: seeds.count) : ShardPart(index: 0, count: 1)
    guard let part = shard.map({ ShardPart($0) }) ?? whole else {
      throw StageError(
        .configuration,
        "\(config) has \(seeds.count) seeds, found --shard \(shard ?? "none"). Give a part of as many.")
    }
    if let given { return (given, part) }
    guard part.count == seeds.count else {
      throw StageError(
        .configuration, "\(config) has \(seeds.count) seeds, found --shard \(part). Give a part of as many.")
    }
    return (seeds[part.index], part)
  }

  /// Makes a shard of samples unless it is up to date.
  /// - Parameters:
  ///   - isRead: whether a shard that is there already is wanted too.
  ///   - make: the work, which may continue what an earlier run left.
  /// - Returns: what the shard holds; nil if nothing was made and nothing is wanted, and on a dry run.
  func table(
    _ out: String, _ stage: StageRun, _ settings: SampleSettings, _ part: ShardPart, seed: UInt64,
    configID: String,
    inputs: [Provenance.Input], isRead: Bool,
    make: (inout PartialShard<SampleTable>) throws -> SampleTable
  ) throws -> SampleTable? {
    guard try stage.mustMake(out, algorithm: Sample.algorithm, configID: configID, inputs: inputs) else {
      return isRead && !stage.options.dryRun ? try SampleTable(reading: out) : nil
    }
    try stage.configureEngine(settings.compute, config: config)
    let provenance = Provenance(
      stage: stage.name, algorithm: Sample.algorithm, configID: configID, seed: seed, inputs: inputs,
      precision: settings.compute.precision.rawValue)
    var partial = try PartialShard<SampleTable>(of: out, part: part, provenance: provenance, stage: stage)
    let made = try make(&partial)
    let contentID = try made.write(to: out, shard: part.index, of: part.count, provenance: provenance)
    partial.remove()
    try stage.wrote(out, contentID: contentID, count: made.count, unit: "images")
    return made
  }
}
