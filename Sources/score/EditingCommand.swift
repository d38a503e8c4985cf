import ArgumentParser
import Comparison
import Features
import Shards
import StageKit

/// `score editing`: completed test images to their distances from other test images.
struct EditingCommand: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    commandName: "editing",
    abstract: "Measures completed test images.",
    discussion: """
      Every folder of --edits holds the sample shards of one way to complete the same
      test images, one or more a sampling seed; features.shard, their features; and
      decoded.shard, those of their tokens decoded as a whole, nothing pasted. With
      --reconstructions their Fréchet distance is measured from those test images
      that were not completed, as the tokenizer reproduces them; and, as the floor,
      that of the completed images before anything was masked.

      EXAMPLE:
        score editing --config work/mini/config/score.json \\
          --edits work/mini/editing/distill-greedy-50 \\
          --reconstructions work/mini/features/reconstructions.shard \\
          --out work/mini/editing/scores.json

      \(StageExit.help)
      """)

  @Option(help: "Configuration with the section score.")
  var config: String

  @Option(parsing: .upToNextOption, help: "Folders of completed images with their features.")
  var edits: [String]

  @Option(help: "Features of all test images' reconstructions.")
  var reconstructions: String?

  @Option(help: "JSON file to write.")
  var out: String

  @OptionGroup var check: SettingsCheckOption

  @OptionGroup var options: StageOptions

  static func checkSettings(_ path: String) throws { _ = try ScoreSettings.load(path) }

  func run() throws {
    try runStage(Score.name, options) { stage in
      let (settings, configID) = try ScoreSettings.load(config)
      try stage.check(out, .json(key: "edits"), inputs: [config, reconstructions] + edits)
      var inputs: [Provenance.Input] = []
      for folder in edits {
        let paths = try ShardName.list(folder, kind: .samples)
        let features = reconstructions == nil ? [] : EditedSet.features.map { "\(folder)/\($0).shard" }
        inputs += try (paths + features).map {
          try Provenance.Input(role: EditedSet.name(of: folder), shard: $0)
        }
      }
      let real = try reconstructions.map { try LoadedFeatures([$0], role: "reconstructions") }
      inputs += real?.inputs ?? []
      let provenance = stage.provenance(
        algorithm: Score.algorithm, configID: configID, seed: settings.score.seed, inputs: inputs)
      try stage.publish(to: out, provenance) {
        stage.configureThreads()
        let sets = try edits.map { try EditedSet($0, hasFeatures: real != nil) }
        if let real, let reconstructions {
          try EditedSet.check(sets, reconstructions: FeatureFiles(reconstructions, real))
        }
        let score = try EditingScore(
          sets: sets, reconstructions: real, path: reconstructions ?? "", settings: settings.score)
        return (try score.record(), sets.reduce(0) { $0 + $1.count })
      }
    }
  }
}
