import ArgumentParser
import Checkpoints
import Foundation
import Images
import ModelStages
import Shards
import StageKit
import Training

/// `tokenize fit`: images to the weights of an image tokenizer.
struct Fit: ParsableCommand {
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

  @Option(help: "Seconds between checkpoints; more where writing one takes over a tenth of them.")
  var checkpointSeconds = 60.0

  @Flag(help: "Forget the checkpoints of another configuration instead of refusing to start.")
  var restart = false

  @OptionGroup var options: StageOptions

  func run() throws {
    try runStage("tokenize", options) { stage in
      let (settings, configID) = try StageConfiguration.load(
        config, as: FitSettings.self, algorithm: TokenizeAlgorithm.fit)
      try stage.check(out, .shard(.weights), inputs: [config])
      let configuration = try settings.tokenizer.configuration(for: settings.data, path: config)
      let train = try ImageInput(settings.data, split: .train, log: stage.log)
      let test = try ImageInput(settings.data, split: .test, log: stage.log)
      let inputs = try [train.provenance(0..<train.count), test.provenance(0..<test.count)]
      let algorithm = TokenizeAlgorithm.fit
      guard stage.mustMake(out, algorithm: algorithm, configID: configID, inputs: inputs) else { return }
      stage.configureThreads()
      guard train.count >= settings.tokenizer.batch else {
        throw StageError(
          .configuration,
          "\(config): 'tokenizer.batch' must be at most the number of training images \(train.count), found "
            + "\(settings.tokenizer.batch). Change it.")
      }
      let provenance = Provenance(
        stage: stage.name, algorithm: algorithm, configID: configID, seed: settings.tokenizer.seed,
        inputs: inputs)
      let work = try FitRun(
        stage: stage, configuration: configuration, settings: settings.tokenizer.training,
        train: pixels(of: train),
        test: pixels(of: test), directory: URL(filePath: out).deletingLastPathComponent().path,
        provenance: provenance)
      try work.begin(restart: restart)
      try work.train(checkpointSeconds: checkpointSeconds)
      let contentID = try work.publish(to: out)
      try stage.wrote(out, contentID: contentID, count: work.imagesSeen, unit: "images")
    }
  }

  /// All pixels, HWC, one image after the other.
  private func pixels(of input: ImageInput) throws -> [UInt8] {
    let loaded = try input.images.load(0..<input.count)
    input.pass(on: loaded.remarks)
    return loaded.images.flatMap(\.pixels)
  }
}
