import ArgumentParser
import Comparison
import Features
import Files
import Shards
import StageKit

/// `score compare`: the samples of one arm to its numbers.
struct CompareCommand: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Measures the samples of one arm.",
    discussion: """
      Every shard of --samples is one sampling seed, or a part of its images: then
      all parts must be there. --features is a folder with
      <arm>.shard, real-test.shard and reconstructions.shard; or, together with
      --real, files in the order of the images: shards of 'score features', or
      safetensors files of one array 'features' [images, features]. Without it,
      only what needs no features is measured.

      EXAMPLE:
        score compare --config work/mini/config/score.json \\
          --samples work/mini/samples/distill-greedy \\
          --features work/mini/features --tokens work/mini/tokens/test \\
          --out work/mini/scores/distill-greedy.json

      \(StageExit.help)
      """)

  @Option(help: "Configuration with the section score.")
  var config: String

  @Option(help: "Folder of sample shards of one arm, or one shard.")
  var samples: String

  @Option(parsing: .upToNextOption, help: "Folder of feature shards, or features of these samples.")
  var features: [String] = []

  @Option(parsing: .upToNextOption, help: "Features of real test images.")
  var real: [String] = []

  @Option(parsing: .upToNextOption, help: "Features of the same test images' reconstructions.")
  var reconstructions: [String] = []

  @Option(help: "Folder of test tokens, to count the commonest code.")
  var tokens: String?

  @Option(help: "JSON file to write.")
  var out: String

  @OptionGroup var check: SettingsCheckOption

  @OptionGroup var options: StageOptions

  func validate() throws {
    if features.isEmpty && !real.isEmpty { throw ValidationError("--real needs --features.") }
    if real.isEmpty && !reconstructions.isEmpty { throw ValidationError("--reconstructions needs --real.") }
  }

  static func checkSettings(_ path: String) throws { _ = try ScoreSettings.load(path) }

  func run() throws {
    try runStage(Score.name, options) { stage in
      let (settings, configID) = try ScoreSettings.load(config)
      let paths = try shardPaths(samples, kind: .samples)
      try stage.check(
        out, .json(key: "arm"), inputs: [config, samples, tokens] + features + real + reconstructions)
      let tokenPaths = try tokens.map { try shardPaths($0, kind: .tokens) } ?? []
      var inputs = try paths.map { try Provenance.Input(role: "samples", shard: $0) }
      inputs += try tokenPaths.map { try Provenance.Input(role: "tokens", shard: $0) }
      let files = try featureFiles(firstSamples: paths.first)
      let loaded = try zip(files, ["features", "real", "reconstructions"]).map { files, role in
        files.isEmpty ? nil : try LoadedFeatures(files, role: role)
      }
      for features in loaded { inputs += features?.inputs ?? [] }
      let provenance = stage.provenance(
        algorithm: Score.algorithm, configID: configID, seed: settings.score.seed, inputs: inputs)
      try stage.publish(to: out, provenance) {
        stage.configureThreads()
        if loaded[0] == nil {
          let network = settings.score.network
          let reason =
            network.isEmpty ? "score.network is empty" : "no features of \(network) were given"
          let advice = (FeatureNetworkKind(ofLayers: settings.score.layers) ?? .lite0).advice
          stage.log.info(.note, "Without Fréchet distances: \(reason). \(advice)")
        }
        let arm = try ArmFiles(samples: paths, tokens: tokenPaths)
        try arm.check(
          generated: FeatureFiles(files[0], loaded[0]), real: FeatureFiles(files[1], loaded[1]),
          reconstructions: FeatureFiles(files[2], loaded[2]))
        let tables = arm.tables
        let record = try ArmScore(
          settings: settings.score, samplesPath: samples, samples: tables, test: arm.tokens.map(\.table)
        )
        .record(generated: loaded[0], real: loaded[1], reconstructions: loaded[2])
        for warning in record.warnings { stage.log.info(.note, warning) }
        return (record, tables.reduce(0) { $0 + $1.count })
      }
    }
  }
}

extension CompareCommand {
  /// Features of the samples, of real images and of reconstructions; each may be empty.
  private func featureFiles(firstSamples: String?) throws -> [[String]] {
    guard real.isEmpty, let folder = features.first else { return [features, real, reconstructions] }
    guard features.count == 1, isFolder(folder) else {
      throw StageError(
        .missingInput,
        "\(folder) is no folder of feature shards. Give one, or also give the features of real images "
          + "with --real."
      )
    }
    let arm = try firstSamples.flatMap { try ShardHeader.peek($0).extra["arm"]?.string } ?? ""
    let reconstructions = "\(folder)/reconstructions.shard"
    return [
      ["\(folder)/\(arm).shard"], ["\(folder)/real-test.shard"],
      exists(reconstructions) ? [reconstructions] : [],
    ]
  }
}
