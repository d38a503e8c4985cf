import ArgumentParser
import EngineKit
import Files
import Images
import Kernels
import Models
import StageKit
import Training
import Weights

/// `score classifier fit`: labelled images to the weights of a classifier.
struct ClassifierFitCommand: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Trains a classifier on the training images of a data set.",
    discussion: """
      Reads the images that the configuration names, with their classes, and writes
      the weights; how often they are right on test images is logged and kept with
      them. The folder of --out also gets metrics.jsonl and metrics.csv (one line an
      epoch) and, while it runs, checkpoints: stopped by a signal, it continues where
      it was when the same command is run again.

      EXAMPLE:
        score classifier fit --config work/mini/config/classifier.json \\
          --out work/mini/classifier/model.shard

      \(StageExit.help)
      """)

  @Option(help: "Configuration with the sections data and classifier.")
  var config: String

  @Option(help: "Weights shard to write.")
  var out: String

  @OptionGroup var runOptions: TrainingRunOptions

  @OptionGroup var check: SettingsCheckOption

  @OptionGroup var options: StageOptions

  static func checkSettings(_ path: String) throws {
    let (settings, _) = try ClassifierFitSettings.load(path)
    // The number of classes is known with the images; two stand for it.
    _ = try settings.configuration(classes: 2, path: path)
  }

  func run() throws {
    try runStage(Score.name, options) { stage in
      let (settings, configID) = try ClassifierFitSettings.load(config)
      try stage.check(out, .shard(.weights), inputs: [config])
      let train = try ImageInput(settings.data, split: .train, log: stage.log)
      let test = try ImageInput(settings.data, split: .test, log: stage.log)
      let names = train.images.classNames
      let configuration = try settings.configuration(classes: names.count, path: config)
      let inputs = try [train.provenance(0..<train.count), test.provenance(0..<test.count)]
      let provenance = stage.provenance(
        algorithm: Score.algorithm, configID: configID, seed: settings.classifier.seed, inputs: inputs)
      try stage.make(out, provenance) {
        stage.configureThreads()
        try ImageTrainingNeeds(
          section: "classifier", batch: settings.classifier.batch, parameters: configuration.parameterCount,
          imageSize: configuration.imageSize, channels: configuration.channels,
          imageValues: configuration.imageValues
        ).require(train: train.count, test: test.count, config: config)
        let run = try TrainingRun(stage: stage, out: out, provenance: provenance, options: runOptions)
        let file = ClassifierFile(
          classifier: ImageClassifier(configuration: configuration), classNames: names)
        let training = try ClassifierTraining(
          file, settings: settings.classifier.training, train: labelled(train), test: labelled(test),
          log: stage.log)
        stage.log.info(
          .start,
          "\(file.classifier.parameterCount) parameters, \(names.count) classes, \(training.totalSteps) steps of "
            + "\(settings.classifier.batch) images",
          ["threads": "\(Parallel.threads)"])
        return try run.run(training)
      }
    }
  }

  private func labelled(_ input: ImageInput) throws -> ClassifierTraining.LabelledPixels {
    var found = ClassifierTraining.LabelledPixels()
    try input.forEachPart { part in
      for image in part.images { found.pixels += image.pixels }
      found.labels += part.labels.map { Int32($0) }
    }
    return found
  }
}

/// The configuration file of `score classifier fit`.
struct ClassifierFitSettings: Decodable {
  let algorithm: Int
  let data: DataSettings
  let classifier: ClassifierSection

  /// Reads a configuration file.
  static func load(_ path: String) throws -> (ClassifierFitSettings, configID: String) {
    try StageConfiguration.load(path, as: ClassifierFitSettings.self, algorithm: Score.algorithm)
  }

  /// The sizes for images of the data section, checked.
  func configuration(classes: Int, path: String) throws -> ImageClassifierConfiguration {
    let configuration = ImageClassifierConfiguration(
      imageSize: data.size, imageChannels: data.channels, classes: classes, channels: classifier.channels,
      multipliers: classifier.multipliers, residualBlocks: classifier.residualBlocks,
      groups: classifier.groups)
    if let problem = configuration.problem {
      throw StageError(
        .configuration, "\(path): the section 'classifier' cannot be built: \(problem). Change it.")
    }
    return configuration
  }
}

/// The section `classifier`: sizes and training in one.
struct ClassifierSection: CheckedConfiguration {
  let channels: Int
  let multipliers: [Int]
  let residualBlocks: Int
  let groups: Int

  let epochs: Int
  let batch: Int
  let learningRate: Double
  let finalRate: Double
  let warmup: Int
  let weightDecay: Double
  let clip: Double
  let seed: UInt64

  func check(_ rules: inout ConfigurationRules) {
    for problem in training.problems { rules.require(false, problem.key, problem.expected, problem.found) }
  }

  var training: EpochSettings {
    EpochSettings(
      epochs: epochs, batch: batch, learningRate: learningRate, finalRate: finalRate, warmup: warmup,
      weightDecay: weightDecay, clip: clip, seed: seed)
  }
}
