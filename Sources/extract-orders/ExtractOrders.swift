import ArgumentParser
import Checkpoints
import ModelStages
import Foundation
import Models
import Orders
import Shards
import StageKit

/// Phase 2: labels every training image with the order in which the any-order model is most confident (paper §4.3).
@main
struct ExtractOrders: ParsableCommand {
  static let algorithm = 1

  static let configuration = CommandConfiguration(
    commandName: "extract-orders",
    abstract: "Extract the specialised order of every image of a token shard, by equation (1).",
    discussion: """
      One shard in, one shard out, on any machine: read an any-order model and a
      token shard, write an order shard with the probability that made each location
      win. All free locations are asked in parallel, with a key/value cache in which
      only committed rows stay.

      EXAMPLE:
        extract-orders --config work/smoke/config/orders.json \\
          --model work/smoke/anyorder/model.shard \\
          --tokens work/smoke/tokens/train/tokens-00000-of-00002.shard \\
          --out work/smoke/orders/orders-00000-of-00002.shard

      \(StageExit.help)
      """)

  @Option(help: "Resolved settings of this stage, as pipeline/stamp writes them.")
  var config: String
  @Option(help: "Weights shard of the any-order model.")
  var model: String
  @Option(help: "Token shard to read.")
  var tokens: String
  @Option(help: "Order shard to write.")
  var out: String
  @Flag(help: "Check every batch: the likelihood along an order must equal an ordinary teacher-forced pass.")
  var verify = false
  @OptionGroup var options: StageOptions

  struct Settings: CheckedConfiguration {
    struct Orders: CheckedConfiguration {
      /// Images extracted together.
      let batch: Int
      func check(_ rules: inout ConfigurationRules) { rules.requirePositive(batch, "batch") }
    }
    let algorithm: Int
    let orders: Orders
    let compute: ComputeSettings
    func check(_ rules: inout ConfigurationRules) {}
  }

  func run() throws {
    try runStage("extract-orders", options) { stage in
      let (settings, configID) = try StageConfiguration.load(
        config, as: Settings.self, algorithm: Self.algorithm)
      let inputs = [
        try Provenance.Input(role: "tokens", shard: tokens),
        try Provenance.Input(role: "model", shard: model),
      ]
      guard stage.mustMake(out, algorithm: Self.algorithm, configID: configID, inputs: inputs) else { return }
      try stage.configureEngine(settings.compute, config: config)
      let (table, header) = try TokenTable.read(tokens)
      let file = try TransformerFile(reading: model)
      try file.check(tokens: table, path: model)
      let extraction = Extraction(
        stage: stage, file: file, table: table, batch: settings.orders.batch,
        precision: settings.compute.precision)
      let results = try extraction.run(
        label: "extract-orders \(header.shard + 1)/\(header.shards)", verify: verify)
      let orders = OrderTable(
        sampleIDs: table.sampleIDs, orders: results.flatMap { $0.order.map(UInt16.init) },
        confidences: results.flatMap(\.confidence), gridHeight: table.gridHeight, gridWidth: table.gridWidth,
        tokensContentID: header.contentID, modelContentID: file.contentID)
      let contentID = try orders.write(
        to: out, shard: header.shard, of: header.shards,
        provenance: Provenance(
          stage: stage.name, algorithm: Self.algorithm, configID: configID, seed: 0, inputs: inputs,
          precision: settings.compute.precision.rawValue))
      try stage.wrote(out, contentID: contentID, count: table.count, unit: "images")
    }
  }
}
