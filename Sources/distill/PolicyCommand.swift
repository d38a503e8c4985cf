import ArgumentParser
import EngineKit
import Shards
import StageKit
import Training
import Weights

/// `distill policy`: trains a light model that says where to go on, from what is revealed (pipeline/method/orders.md).
struct PolicyCommand: ModelCommand {
  static let algorithm = Distill.algorithm

  static let configuration = CommandConfiguration(
    commandName: "policy",
    abstract: "Train an order policy on extracted orders.",
    discussion: """
      A policy reads what is revealed of an image and says which location comes next.
      'extract-orders --policy' orders images by it, and 'sample --policy' draws with
      it, at a small part of what asking for all free locations costs. Order shards
      may hold some images of their token shards only. How well it follows the
      orders of held-out images is in the metrics and in the weights shard.

      EXAMPLE:
        distill policy --config work/smoke/config/policy.json \\
          --model work/smoke/anyorder/model.shard --tokens work/smoke/tokens \\
          --orders work/smoke/orders-exact --validation-orders work/smoke/orders-test \\
          --out work/smoke/policy/model.shard

      \(StageExit.help)
      """)

  @Option(help: "Resolved settings of this stage, as pipeline/stamp writes them.")
  var config: String
  @Option(help: "Weights shard of the model that extracted the orders.")
  var model: String
  @Option(help: "Folder with the token shards, in train/ and test/.")
  var tokens: String
  @Option(help: "Folder with the order shards of training tokens.")
  var orders: String
  @Option(help: "Folder with order shards of the test tokens, on which the policy is measured.")
  var validationOrders: String
  @Option(help: "The weights shard to write; its folder takes the metrics and checkpoints.")
  var out: String
  @OptionGroup var runOptions: TrainingRunOptions
  @OptionGroup var check: SettingsCheckOption
  @OptionGroup var options: StageOptions

  struct Settings: CheckedConfiguration, ModelSettings {
    let algorithm: Int
    let compute: ComputeSettings
    let policy: PolicySection
    let training: TrainingSettings

    func check(_ rules: inout ConfigurationRules) {
      rules.require(
        training.objective == .orders, "training.objective", "orders", training.objective.rawValue)
      rules.require(
        training.annealingEnd ?? 0 == 0, "training.annealing_end",
        "0 or absent, since a policy learns orders alone",
        training.annealingEnd ?? 0)
      for (count, key) in [
        (training.validateOrders, "validate_orders"), (training.validateSamples, "validate_samples"),
      ] {
        rules.require(
          count ?? 0 == 0, "training.\(key)", "0 or absent, since a policy draws nothing", count ?? 0)
      }
    }
  }

  func run() throws {
    try runStage(Distill.name, options, sharesWork: true) { stage in
      let (settings, configID) = try Self.settings(config)
      try stage.check(out, .shard(.weights), inputs: [config, model])
      let splits = try TokenSplits(tokens)
      let (train, test) = (splits.train, splits.test)
      let known = try train.ordered(by: orders, role: "orders")
      let heldOut = try test.ordered(by: validationOrders, role: "validation orders")
      let inputs =
        train.inputs + test.inputs + known.inputs + heldOut.inputs
        + [try Provenance.Input(role: "model", shard: model)]
      let provenance = stage.provenance(
        algorithm: Self.algorithm, configID: configID, seed: settings.training.seed, inputs: inputs,
        precision: settings.compute.precision.rawValue)
      try stage.make(out, provenance) {
        try stage.configureTraining(settings.training, settings.compute, config: config)
        let judge = try TransformerFile(reading: model)
        try judge.check(tokens: train, path: model)
        for (path, extractor) in [(orders, known.model), (validationOrders, heldOut.model)]
        where extractor != judge.contentID {
          throw ShardError.mismatch(
            path: path, expected: "orders by the model \(judge.contentID) of \(model)",
            found: "orders by \(extractor)")
        }
        let sizes = try settings.policy.configuration(for: judge.model.configuration, config: config)
        try sizes.transformer.requireMemoryForTraining(
          settings.training, precision: settings.compute.precision, heldOut: test.data.count, config: config,
          ranks: stage.ranks.count)
        let file = PolicyFile(
          sizes, codebook: judge.codebook, classNames: judge.classNames, textTokenizer: judge.textTokenizer,
          extractor: judge.contentID)
        file.model.initialise(seed: settings.training.seed)
        let run = try TrainingRun(stage: stage, out: out, provenance: provenance, options: runOptions)
        let text = sizes.transformer.text
        return try run.run(
          PolicyTraining(
            file, judge: judge.model, settings: settings.training, precision: settings.compute.precision,
            data: train.data(known, on: text), validation: test.data(heldOut, on: text),
            run: run))
      }
    }
  }
}
