import ArgumentParser
import EngineKit
import Features
import Files
import Images
import Kernels
import Models
import Shards
import StageKit
import Training
import Weights

/// `tokenize fit`: images to the weights of an image tokenizer.
struct Fit: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains an image tokenizer on the project's images.",
    discussion: """
      Reads the images that the configuration names and writes the weights. The
      folder of --out also gets metrics.jsonl and metrics.csv (one line an epoch)
      and, while it runs, checkpoints: stopped by a signal, it continues where it
      was when the same command is run again.

      \(StageExit.help)
      """)

  @Option(help: "Configuration with the sections data and tokenizer.")
  var config: String

  @Option(help: "Weights shard to write.")
  var out: String

  @OptionGroup var runOptions: TrainingRunOptions

  @OptionGroup var check: SettingsCheckOption

  @OptionGroup var options: StageOptions

  static func checkSettings(_ path: String) throws { _ = try settings(path) }

  private static func settings(
    _ path: String
  ) throws -> (FitSettings, ImageTokenizerConfiguration, configID: String) {
    let (settings, configID) = try StageConfiguration.load(
      path, as: FitSettings.self, algorithm: TokenizeAlgorithm.fit)
    return (settings, try settings.tokenizer.configuration(for: settings.data, path: path), configID)
  }

  func run() throws {
    try runStage("tokenize", options) { stage in
      let (settings, configuration, configID) = try Self.settings(config)
      try stage.check(out, .shard(.weights), inputs: [config])
      let train = try ImageInput(settings.data, split: .train, log: stage.log)
      let test = try ImageInput(settings.data, split: .test, log: stage.log)
      var inputs = try [train.provenance(0..<train.count), test.provenance(0..<test.count)]
      // Read first, so that a run which lacks it does nothing.
      let perceptual = try settings.tokenizer.perceptual.map { section in
        (section, try PerceptualNetworkFile(reading: section.network, named: "tokenizer.perceptual.network"))
      }
      if let (_, file) = perceptual { inputs.append(file.input) }
      let provenance = stage.provenance(
        algorithm: TokenizeAlgorithm.fit, configID: configID, seed: settings.tokenizer.seed, inputs: inputs)
      try stage.make(out, provenance) {
        stage.configureThreads()
        try ImageTrainingNeeds(
          section: "tokenizer", batch: settings.tokenizer.batch, parameters: configuration.parameterCount,
          imageSize: configuration.imageSize, channels: configuration.channels,
          imageValues: configuration.imageValues
        ).require(train: train.count, test: test.count, config: config)
        let run = try TrainingRun(stage: stage, out: out, provenance: provenance, options: runOptions)
        let training = try TokenizerTraining(
          configuration, settings: settings.tokenizer.training,
          term: perceptual.map { section, file in
            ReconstructionTerm(
              PerceptualCriterion(file.network, imageSize: configuration.imageSize, side: section.side),
              weight: section.weight)
          },
          train: pixels(of: train), test: pixels(of: test), log: stage.log)
        stage.log.info(
          .start,
          "\(training.tokenizer.parameterCount) parameters, \(training.totalSteps) steps of "
            + "\(settings.tokenizer.batch) images",
          ["threads": "\(Parallel.threads)"])
        return try run.run(training)
      }
    }
  }

  /// All pixels, HWC, one image after the other.
  private func pixels(of input: ImageInput) throws -> [UInt8] {
    var pixels: [UInt8] = []
    try input.forEachPart { part in
      for image in part.images { pixels += image.pixels }
    }
    return pixels
  }
}
