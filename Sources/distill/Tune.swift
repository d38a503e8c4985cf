import ArgumentParser
import EngineKit
import Shards
import StageKit
import Training
import Weights

/// `distill tune`: fine-tunes a model on extracted orders, or on raster or random ones.
struct Tune: ModelCommand {
  static let algorithm = Distill.algorithm

  static let configuration = CommandConfiguration(
    commandName: "tune",
    abstract: "Fine-tune an any-order model on extracted orders, on raster order, or on random orders.",
    discussion: """
      The objective of the settings decides: 'orders' specialises on the extracted
      orders, annealed from random ones; 'raster' and 'random' are the controls of
      equal length. Reads token, order and weights shards, writes a weights shard
      with metrics and checkpoints beside it. With 'validate_samples' images drawn
      at each validation are kept in progress/.

      EXAMPLE:
        distill tune --config work/smoke/config/distill.json --tokens work/smoke/tokens \\
          --orders work/smoke/orders --validation-orders work/smoke/orders-test \\
          --init work/smoke/anyorder/model.shard \\
          --out work/smoke/distill/model.shard

      \(StageExit.help)
      """)

  @Option(help: "Resolved settings of this stage, as pipeline/stamp writes them.")
  var config: String
  @Option(help: "Folder with the token shards, in train/ and test/.")
  var tokens: String
  @Option(help: "Folder with the order shards; only for the objective 'orders'.")
  var orders: String?
  @Option(help: "Folder with order shards of the test tokens: likelihoods are measured along them too.")
  var validationOrders: String?
  @Option(name: .customLong("init"), help: "Weights shard to start from.")
  var initial: String
  @Option(help: "The weights shard to write; its folder takes the metrics and checkpoints.")
  var out: String
  @OptionGroup var runOptions: TrainingRunOptions
  @OptionGroup var check: SettingsCheckOption
  @OptionGroup var options: StageOptions

  struct Settings: CheckedConfiguration, ModelSettings {
    let algorithm: Int
    let compute: ComputeSettings
    let model: ModelSection
    let training: TrainingSettings

    func check(_ rules: inout ConfigurationRules) {
      rules.require(training.annealingStart != nil, "training.annealing_start", "present", "nothing")
      rules.require(training.annealingEnd != nil, "training.annealing_end", "present", "nothing")
    }
  }

  func run() throws {
    try runStage(Distill.name, options, sharesWork: true) { stage in
      let (settings, configID) = try Self.settings(config)
      try stage.check(out, .shard(.weights), inputs: [config, initial])
      let splits = try TokenSplits(tokens)
      let (train, test) = (splits.train, splits.test)
      var data = train.data
      var inputs = train.inputs + test.inputs + [try Provenance.Input(role: "init", shard: initial)]
      var extractor: String?
      if settings.training.objective == .orders {
        guard let orders else {
          throw ValidationError("The objective 'orders' needs --orders, the folder with the order shards.")
        }
        let joined = try train.withOrders(orders)
        data = joined.data
        inputs += joined.inputs
        extractor = joined.model
      } else if orders != nil {
        throw ValidationError("--orders is for the objective 'orders' only, not for random or raster.")
      }
      var validation = test.data
      if let validationOrders {
        let joined = try test.withOrders(validationOrders, role: "validation orders")
        validation = joined.data
        inputs += joined.inputs
      }
      let provenance = stage.provenance(
        algorithm: Self.algorithm, configID: configID, seed: settings.training.seed, inputs: inputs,
        precision: settings.compute.precision.rawValue)
      try stage.make(out, provenance) {
        try stage.configureTraining(settings.training, settings.compute, config: config)
        let file = try TransformerFile(reading: initial)
        try file.check(tokens: train, path: initial)
        try settings.model.check(file, path: initial, config: config)
        try file.model.configuration.requireMemoryForTraining(
          settings.training, precision: settings.compute.precision, heldOut: test.data.count, config: config,
          ranks: stage.ranks.count)
        if let extractor, extractor != file.contentID {
          stage.log.warning(
            "The orders were extracted by another model (\(extractor.prefix(12))) than the one being tuned "
              + "(\(file.contentID.prefix(12)))")
        }
        let run = try TrainingRun(stage: stage, out: out, provenance: provenance, options: runOptions)
        let text = file.model.configuration.text
        return try run.run(
          AnyOrderTraining(
            file, settings: settings.training, precision: settings.compute.precision,
            data: train.conditioned(data, on: text), validation: test.conditioned(validation, on: text),
            heldOut: test, run: run))
      }
    }
  }
}
