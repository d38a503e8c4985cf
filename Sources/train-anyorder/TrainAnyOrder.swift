import ArgumentParser
import EngineKit
import Kernels
import Models
import Shards
import StageKit
import Training
import Weights

/// Phase 1: one transformer that predicts image tokens in any order (paper §4.2).
@main
struct TrainAnyOrder: ModelCommand {
  static let algorithm = 2

  static let configuration = CommandConfiguration(
    commandName: "train-anyorder",
    abstract: "Train a transformer to predict image tokens in any order, or in raster order as a baseline.",
    discussion: """
      Reads tokens/train and tokens/test, writes a weights shard; beside it
      metrics.jsonl, metrics.csv and checkpoints, from which an interrupted run
      continues to the same bytes. With 'validate_samples' images drawn at each
      validation are kept in progress/.

      EXAMPLE:
        train-anyorder --config work/smoke/config/anyorder.json \\
          --tokens work/smoke/tokens --out work/smoke/anyorder/model.shard

      \(StageExit.help)
      """)

  @Option(help: "Resolved settings of this stage, as pipeline/stamp writes them.")
  var config: String
  @Option(help: "Folder with the token shards, in train/ and test/.")
  var tokens: String
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
      rules.require(training.objective != .orders, "training.objective", "random or raster", "orders")
      rules.require(
        training.annealingStart == nil && training.annealingEnd == nil, "training.annealing_end",
        "absent (annealing belongs to fine-tuning)", training.annealingEnd ?? 0)
    }
  }

  static func main() { runStageProgram(Self.self) }

  func run() throws {
    try runStage("train-anyorder", options, sharesWork: true) { stage in
      let (settings, configID) = try Self.settings(config)
      try stage.check(out, .shard(.weights), inputs: [config])
      let splits = try TokenSplits(tokens)
      let (train, test) = (splits.train, splits.test)
      let inputs = train.inputs + test.inputs
      let provenance = stage.provenance(
        algorithm: Self.algorithm, configID: configID, seed: settings.training.seed, inputs: inputs,
        precision: settings.compute.precision.rawValue)
      try stage.make(out, provenance) {
        try stage.configureTraining(settings.training, settings.compute, config: config)
        let sizes = try settings.model.configuration(for: train, config: config)
        try sizes.requireMemoryForTraining(
          settings.training, precision: settings.compute.precision, heldOut: test.data.count, config: config,
          ranks: stage.ranks.count)
        let model = AnyOrderTransformer(configuration: sizes)
        model.initialise(seed: settings.training.seed)
        let run = try TrainingRun(stage: stage, out: out, provenance: provenance, options: runOptions)
        return try run.run(
          AnyOrderTraining(
            TransformerFile(
              model: model, codebook: train.codebook, classNames: sizes.text == nil ? train.classNames : [],
              textTokenizer: sizes.text == nil ? "" : train.textTokenizer ?? ""),
            settings: settings.training, precision: settings.compute.precision,
            data: train.conditioned(train.data, on: sizes.text),
            validation: test.conditioned(test.data, on: sizes.text), heldOut: test, run: run))
      }
    }
  }
}
