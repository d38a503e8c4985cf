import ArgumentParser
import EngineKit
import Features
import Files
import Images
import Shards
import StageKit

/// `score features`: images to one shard of features.
struct FeaturesCommand: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    commandName: "features",
    abstract: "Runs images through the feature network.",
    discussion: """
      Give one of --samples (sample shards), --images (real images of the
      configuration) and --tokens with --tokenizer (reconstructions). With
      --tokenizer, samples are decoded anew: of completed images that shows the
      decoder's pixels also where known ones were pasted. Writes one shard of
      features, in the order of the images.

      EXAMPLE:
        score features --config work/mini/config/score.json \\
          --tokens work/mini/tokens/test \\
          --tokenizer work/mini/tokenizer/model.shard \\
          --out work/mini/features/reconstructions.shard

      \(StageExit.help)
      """)

  @Option(help: "Configuration with the sections data and score.")
  var config: String

  @Option(help: "Sample shard, or folder of sample shards.")
  var samples: String?

  @Option(help: "Real images: train or test.")
  var images: ImageSplit?

  @Option(parsing: .upToNextOption, help: "Token shards, or a folder of them, to reconstruct.")
  var tokens: [String] = []

  @Option(help: "Weights shard of the tokenizer that decodes --tokens, or the tokens of --samples.")
  var tokenizer: String?

  @Option(help: "Weights of the network, instead of score.network's.")
  var network: String?

  @Option(help: "Feature shard to write.")
  var out: String

  @OptionGroup var check: SettingsCheckOption

  @OptionGroup var options: StageOptions

  func validate() throws {
    let sources = [samples != nil, images != nil, !tokens.isEmpty].count { $0 }
    guard sources == 1 else {
      throw ValidationError("Give one of --samples, --images and --tokens, found \(sources) of them.")
    }
    guard tokens.isEmpty || tokenizer != nil else { throw ValidationError("--tokens needs --tokenizer.") }
    guard tokenizer == nil || images == nil else {
      throw ValidationError("--tokenizer goes with --tokens or --samples.")
    }
  }

  /// Also reads the network's weights, where they are there: they must not turn out to be another network's after days.
  static func checkSettings(_ path: String) throws {
    let (settings, _) = try ScoreSettings.load(path)
    if exists(settings.score.network) { _ = try settings.score.load(nil) }
  }

  func run() throws {
    try runStage(Score.name, options) { stage in
      let (settings, configID) = try ScoreSettings.load(config)
      try stage.check(
        out, .shard(.features),
        inputs: [config, samples, tokenizer, network ?? settings.score.network] + tokens)
      let network = try settings.score.load(network)
      var inputs = [network.input]
      let load: () throws -> any FeatureSource
      if let samples {
        let paths = try shardPaths(samples, kind: .samples)
        inputs += try paths.map { try Provenance.Input(role: "samples", shard: $0) }
        if let tokenizer { inputs.append(try Provenance.Input(role: "tokenizer", shard: tokenizer)) }
        load = { try SampledImages(paths, tokenizer: tokenizer) }
      } else if let tokenizer {
        let paths = try tokens.flatMap { try shardPaths($0, kind: .tokens) }
        inputs += try paths.map { try Provenance.Input(role: "tokens", shard: $0) }
        inputs.append(try Provenance.Input(role: "tokenizer", shard: tokenizer))
        load = { try Reconstructions(paths, tokenizer: tokenizer) }
      } else {
        let real = try ImageInput(settings.data, split: images ?? .test, log: stage.log)
        inputs.append(try real.provenance(0..<real.count))
        load = { RealImages(real.images, passOn: real.pass) }
      }
      let provenance = stage.provenance(
        algorithm: Score.algorithm, configID: configID, seed: settings.score.seed, inputs: inputs)
      try stage.make(out, provenance) {
        stage.configureThreads()
        let source = try load()
        let progress = Progress(
          "score features", total: source.count, unit: "images", log: stage.log, options: options)
        let table = try network.table(of: source) { done in
          progress.advance(by: done)
          try StopRequest.check()
        }
        progress.finish()
        let contentID = try table.write(to: out, provenance: provenance)
        return MadeOutput(contentID: contentID, count: table.count, unit: "images")
      }
    }
  }
}

extension ImageSplit: ExpressibleByArgument {}
