import ArgumentParser
import Comparison
import EngineKit
import Features
import Shards
import StageKit
import Weights

/// `score likelihood`: how well a model predicts test images, by order.
struct LikelihoodCommand: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    commandName: "likelihood",
    abstract: "Measures bits per token of test images under a model.",
    discussion: """
      In raster order, in one random order per image, and in the greedy order of the
      model itself (equation 1). With --orders also along orders made for the test
      images, by the any-order model or by a rule: those a specialised model was trained for;
      with --policy along those that an order policy makes of them.
      Intervals come from resampling images.

      EXAMPLE:
        score likelihood --config work/mini/config/score.json \\
          --model work/mini/distill/model.shard --tokens work/mini/tokens/test \\
          --orders work/mini/orders-test \\
          --out work/mini/scores/likelihood-distill.json

      \(StageExit.help)
      """)

  @Option(help: "Configuration with the section score.")
  var config: String

  @Option(help: "Weights shard of the model.")
  var model: String

  @Option(help: "Folder of test tokens.")
  var tokens: String

  @Option(help: "Folder of the orders that the any-order model extracted for these tokens.")
  var orders: String?

  @Option(help: "Weights shard of an order policy.")
  var policy: String?

  @Option(help: "JSON file to write.")
  var out: String

  @OptionGroup var check: SettingsCheckOption

  @OptionGroup var options: StageOptions

  static func checkSettings(_ path: String) throws {
    let (settings, _) = try ScoreSettings.load(path)
    try settings.compute.requireAvailable(config: path)
  }

  func run() throws {
    try runStage(Score.name, options) { stage in
      let (settings, configID) = try ScoreSettings.load(config)
      try stage.check(out, .json(key: "bits_per_token"), inputs: [config, model, tokens, orders, policy])
      let inputs =
        [try Provenance.Input(role: "model", shard: model)]
        + (try shardPaths(tokens, kind: .tokens).map { try Provenance.Input(role: "tokens", shard: $0) })
        + (try orders.map {
          try shardPaths($0, kind: .orders).map { try Provenance.Input(role: "orders", shard: $0) }
        } ?? [])
        + (try policy.map { [try Provenance.Input(role: "policy", shard: $0)] } ?? [])
      let provenance = stage.provenance(
        algorithm: Score.algorithm, configID: configID, seed: settings.score.seed, inputs: inputs,
        precision: settings.compute.precision.rawValue)
      try stage.publish(to: out, provenance) {
        try stage.configureEngine(settings.compute, config: config)
        let file = try TransformerFile(reading: model)
        let folder = try TokenFolder(tokens, role: "tokens", split: "test")
        try file.check(tokens: folder, path: model)
        let chooser = try policy.map { try PolicyFile(reading: $0, for: file) }
        let limit = settings.score.likelihoodImages
        let count = limit == 0 ? folder.data.count : min(limit, folder.data.count)
        let ordered = try orders.map { try folder.withOrders($0) }
        let data = ordered?.data ?? folder.data
        let score = LikelihoodScore(
          model: file.model, data: folder.conditioned(data, on: file.model.configuration.text),
          gridWidth: folder.gridWidth, policy: chooser?.model, rule: ordered?.rule,
          precision: settings.compute.precision)
        let progress = Progress(
          "score likelihood", total: score.passes * count, unit: "passes", log: stage.log, options: options)
        let record = try score.record(images: 0..<count, seed: settings.score.seed) { done in
          progress.set(done)
          try StopRequest.check()
        }
        progress.finish()
        return (record, count)
      }
    }
  }
}
