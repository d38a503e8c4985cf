import ArgumentParser
import Comparison
import EngineKit
import Features
import Files
import Foundation
import Models
import Orders
import Shards
import StageKit
import Training
import Weights

/// `score information`: how much one set of orders gains in V-information over another.
struct InformationCommand: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    commandName: "information",
    abstract: "Measures the V-information that orders gain over others.",
    discussion: """
      The summed cross-entropy of each test image along one set of orders minus that
      along another, in nats an image (the paper's equations 3 to 5). A set is a folder
      of orders of these test tokens, or raster or random. The first model is asked
      along both; of several models also, along each set, the one that predicts best.

      EXAMPLE:
        score information --config work/mini/config/score.json \\
          --models work/mini/anyorder/model.shard work/mini/distill/model.shard \\
          --tokens work/mini/tokens/test --orders work/mini/orders-test \\
          --over raster --out work/mini/information.json

      \(StageExit.help)
      """)

  @Option(help: "Configuration with the section score.")
  var config: String

  @Option(parsing: .upToNextOption, help: "Weights shards of the models.")
  var models: [String]

  @Option(help: "Folder of test tokens.")
  var tokens: String

  @Option(help: "The orders: a folder of order shards, raster or random.")
  var orders: String

  @Option(help: "The orders that they are compared with: the same.")
  var over = "raster"

  @Option(help: "JSON file to write.")
  var out: String

  @OptionGroup var check: SettingsCheckOption

  @OptionGroup var options: StageOptions

  /// Sets of orders that need no folder.
  private static let known = ["raster", "random"]

  func validate() throws {
    if models.isEmpty { throw ValidationError("--models needs at least one model.") }
    if orders == over { throw ValidationError("--orders and --over are the same: the gain is 0.") }
  }

  static func checkSettings(_ path: String) throws {
    let (settings, _) = try ScoreSettings.load(path)
    try settings.compute.requireAvailable(config: path)
  }

  func run() throws {
    try runStage(Score.name, options) { stage in
      let (settings, configID) = try ScoreSettings.load(config)
      let folders = [orders, over].filter { !Self.known.contains($0) }
      try stage.check(
        out, .json(key: "v_information_gain"), inputs: [config, tokens] + models + folders)
      var inputs = try models.map { try Provenance.Input(role: "model", shard: $0) }
      inputs += try shardPaths(tokens, kind: .tokens).map { try Provenance.Input(role: "tokens", shard: $0) }
      // A named set is a setting that only the command line has, and so stands beside the shards.
      for (role, set) in [("orders", orders), ("over", over)] {
        inputs +=
          Self.known.contains(set)
          ? [Provenance.Input(role: role, name: set, contentID: "")]
          : try ShardName.list(set, kind: .orders).map { try Provenance.Input(role: role, shard: $0) }
      }
      let provenance = stage.provenance(
        algorithm: Score.algorithm, configID: configID, seed: settings.score.seed, inputs: inputs,
        precision: settings.compute.precision.rawValue)
      try stage.publish(to: out, provenance) {
        try stage.configureEngine(settings.compute, config: config)
        let folder = try TokenFolder(tokens, role: "tokens", split: "test")
        let family = try models.map { path in
          let file = try TransformerFile(reading: path)
          try file.check(tokens: folder, path: path)
          return (name: Self.name(path), model: file.model)
        }
        // Texts and classes are different conditions: a family has one of them.
        let text = family[0].model.configuration.text
        if let other = zip(family, models).first(where: { $0.0.model.configuration.text != text }) {
          throw StageError(
            .badData,
            "\(other.1) and \(models[0]) are conditioned on different things, classes or texts: expected models of one "
              + "kind. Measure them apart.")
        }
        let data = folder.conditioned(folder.data, on: text)
        let limit = settings.score.likelihoodImages
        let count = limit == 0 ? folder.data.count : min(limit, folder.data.count)
        let gain = InformationGain(
          models: family, data: data, precision: settings.compute.precision)
        let progress = Progress(
          "score information", total: gain.passes * count, unit: "passes", log: stage.log, options: options)
        let record = try gain.record(
          orderSet(orders, folder), over: orderSet(over, folder), images: 0..<count,
          seed: settings.score.seed
        ) { done in
          progress.set(done)
          try StopRequest.check()
        }
        progress.finish()
        return (record, count)
      }
    }
  }

  private func orderSet(_ text: String, _ folder: TokenFolder) throws -> InformationGain.OrderSet {
    let data = folder.data
    switch text {
    case "raster": return InformationGain.OrderSet(text) { _ in GenerationOrder.raster(data.locations) }
    case "random": return InformationGain.OrderSet(text) { Likelihood.randomOrder(of: $0, in: data) }
    default:
      let extracted = try folder.withOrders(text).data
      return InformationGain.OrderSet(URL(filePath: text).lastPathComponent) { extracted.order(of: $0) }
    }
  }

  /// What a model is called: the folder that its `model.shard` lies in.
  private static func name(_ path: String) -> String {
    let url = URL(filePath: path)
    return url.lastPathComponent == "model.shard"
      ? url.deletingLastPathComponent().lastPathComponent : url.lastPathComponent
  }
}
