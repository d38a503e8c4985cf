import ArgumentParser
import Checkpoints
import Foundation
import ModelStages
import Shards
import StageKit

/// `score likelihood`: how well a model predicts test images, by order.
struct LikelihoodCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "likelihood",
    abstract: "Measures bits per token of test images under a model.",
    discussion: """
      In raster order, in one random order per image, and in the greedy order of the
      model itself (equation 1). Intervals come from resampling images.

      EXAMPLE:
        score likelihood --config work/mini/config/score.json \\
          --model work/mini/distill/model.shard --tokens work/mini/tokens/test \\
          --out work/mini/scores/likelihood-distill.json

      \(StageExit.help)
      """)

  @Option(help: "Configuration with the section score.")
  var config: String

  @Option(help: "Weights shard of the model.")
  var model: String

  @Option(help: "Folder of test tokens.")
  var tokens: String

  @Option(help: "JSON file to write.")
  var out: String

  @OptionGroup var options: StageOptions

  func run() throws {
    try runStage(Score.name, options) { stage in
      let (settings, configID) = try StageConfiguration.load(
        config, as: ScoreSettings.self, algorithm: Score.algorithm)
      try stage.check(out, .json(key: "bits_per_token"), inputs: [config, model, tokens])
      let inputs =
        [try Provenance.Input(role: "model", shard: model)]
        + (try shardPaths(tokens, kind: .tokens).map { try Provenance.Input(role: "tokens", shard: $0) })
      guard stage.mustMake(out, algorithm: Score.algorithm, configID: configID, inputs: inputs) else {
        return
      }
      try stage.configureEngine(settings.compute, config: config)
      let file = try TransformerFile(reading: model)
      let folder = try TokenFolder(tokens, role: "tokens", split: "test")
      try file.check(tokens: folder, path: model)
      let limit = settings.score.likelihoodImages
      let count = limit == 0 ? folder.data.count : min(limit, folder.data.count)
      let score = LikelihoodScore(
        model: file.model, data: folder.data, gridWidth: folder.gridWidth,
        precision: settings.compute.precision)
      let progress = Progress(
        "score likelihood", total: 3 * count, unit: "passes", log: stage.log, options: options)
      let result = try score.json(images: 0..<count, seed: settings.score.seed) { done in
        progress.set(done)
        try StopRequest.check()
      }
      progress.finish()
      try stage.publish(
        result, to: out, configID: configID, seed: settings.score.seed, inputs: inputs,
        precision: settings.compute.precision.rawValue, count: count, unit: "images")
    }
  }
}
