import ArgumentParser
import Checkpoints
import ModelStages
import Orders
import Shards
import StageKit

/// Generates images with a model: content and, when greedy, location (paper §4.5).
@main
struct Sample: ParsableCommand {
  static let algorithm = 1

  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Generate images in raster, random, given or greedy order, and decode them.",
    discussion: """
      Reads a model, the image tokenizer that its codes belong to and, if the
      settings name one, the teacher that chooses locations. Writes one shard of
      samples for one seed, and with --png the same images as PNG files: each image,
      a grid of all, and the grid with each order beside its image, yellow first to
      violet last.

      Every image has its own random stream, so neither the batch nor the shard
      changes it.

      EXAMPLE:
        sample --config work/smoke/config/samples-distill-greedy.json \\
          --model work/smoke/distill/model.shard \\
          --tokenizer work/smoke/tokenizer/model.shard --shard 00000-of-00002 \\
          --out work/smoke/samples/distill-greedy/samples-00000-of-00002.shard

      \(StageExit.help)
      """)

  @Option(help: "Resolved settings of this arm, as pipeline/stamp writes them.")
  var config: String
  @Option(help: "Weights shard of the model that fills the locations.")
  var model: String
  @Option(help: "Weights shard of the model that chooses the locations; the arm's settings say whether.")
  var teacher: String?
  @Option(help: "Order shard to follow, for the order 'given': image i takes its i-th order.")
  var orders: String?
  @Option(help: "Weights shard of the image tokenizer.")
  var tokenizer: String
  @Option(help: "Which seed of the settings' list, as a part such as 00000-of-00003.")
  var shard: String
  @Option(help: "Sample shard to write.")
  var out: String
  @Option(help: "Folder to write the images to as PNG files.")
  var png: String?
  @OptionGroup var options: StageOptions

  func validate() throws {
    if ShardPart(shard) == nil {
      throw ValidationError("--shard is an index and a count such as 00000-of-00003, found '\(shard)'.")
    }
  }

  func run() throws {
    try runStage("sample", options) { stage in
      guard let part = ShardPart(shard) else { return }
      let (settings, configID) = try StageConfiguration.load(
        config, as: SampleSettings.self, algorithm: Self.algorithm)
      try check(settings, part)
      var inputs = [
        try Provenance.Input(role: "model", shard: model),
        try Provenance.Input(role: "tokenizer", shard: tokenizer),
      ]
      if let teacher { inputs.append(try Provenance.Input(role: "teacher", shard: teacher)) }
      if let orders { inputs.append(try Provenance.Input(role: "orders", shard: orders)) }
      let seed = settings.sampling.seeds[part.index]
      let made: SampleTable
      if stage.mustMake(out, algorithm: Self.algorithm, configID: configID, inputs: inputs) {
        try stage.configureEngine(settings.compute, config: config)
        let work = try Generation(
          stage: stage, settings: settings, model: model, teacher: teacher, tokenizer: tokenizer,
          orders: orders)
        made = try work.run(seed: seed, label: "\(settings.arm.name) \(part.index + 1)/\(part.count)")
        let contentID = try made.write(
          to: out, shard: part.index, of: part.count,
          provenance: Provenance(
            stage: stage.name, algorithm: Self.algorithm, configID: configID, seed: seed, inputs: inputs,
            precision: settings.compute.precision.rawValue))
        try stage.wrote(out, contentID: contentID, count: made.count, unit: "images")
      } else {
        guard png != nil, !options.dryRun else { return }
        made = try SampleTable(reading: out)
      }
      if let png { try SamplePictures(table: made).write(to: png, log: stage.log) }
    }
  }

  private func check(_ settings: SampleSettings, _ part: ShardPart) throws {
    guard part.count == settings.sampling.seeds.count else {
      throw StageError(
        .configuration,
        "\(config) has \(settings.sampling.seeds.count) seeds, found --shard \(part). Give a part of as many."
      )
    }
    guard settings.arm.teacher.isEmpty == (teacher == nil) else {
      throw ValidationError(
        settings.arm.teacher.isEmpty
          ? "\(config) names no teacher: leave --teacher out."
          : "\(config) names the teacher '\(settings.arm.teacher)': give its weights with --teacher.")
    }
    guard (settings.arm.order == .given) == (orders != nil) else {
      throw ValidationError("--orders goes with the order 'given', and 'given' with --orders.")
    }
  }
}
