import ArgumentParser
import Files
import ModelStages
import Shards
import StageKit

/// `sample generate`: one shard of images for one seed.
struct Generate: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    abstract: "Generates images and decodes them.",
    discussion: """
      Reads a model, the image tokenizer that its codes belong to and, if the
      settings name one, the teacher that chooses locations. Writes one shard of
      samples for one seed, and with --png the same images as PNG files: each image,
      a grid of all, and the grid with each order beside its image, yellow first to
      violet last.

      Every image has its own random stream, so neither the batch nor the shard
      changes it: with --class the images are those of that class which a longer run
      draws.

      EXAMPLE:
        sample --config work/smoke/config/samples-distill-greedy.json \\
          --model work/smoke/distill/model.shard \\
          --tokenizer work/smoke/tokenizer/model.shard --class disc --images 16 \\
          --out discs.shard --png discs

      \(StageExit.help)
      """)

  @OptionGroup var models: ModelOptions
  @OptionGroup var choice: ImageChoiceOptions
  @Option(help: "Which seed of the settings' list, as a part such as 00000-of-00003 (default: the first).")
  var shard: String?
  @Option(help: "Sample shard to write.")
  var out: String
  @Option(help: "Folder to write the images to as PNG files.")
  var png: String?
  @OptionGroup var options: StageOptions

  static func checkSettings(_ path: String) throws { try ModelOptions.checkSettings(path) }

  func validate() throws {
    if let shard, ShardPart(shard) == nil {
      throw ValidationError("--shard is an index and a count such as 00000-of-00003, found '\(shard)'.")
    }
    if shard != nil && choice.seed != nil {
      throw ValidationError("--shard and --seed exclude each other: both say which seed to draw with.")
    }
  }

  func run() throws {
    try runStage(Sample.name, options) { stage in
      let (settings, settingsID) = try models.settings()
      let (seed, part) = try models.seed(settings, shard, choice.seed)
      try stage.check(out, .shard(.samples, part: part), inputs: models.paths)
      if let png { try SamplePictures.check(png, seed: seed, stage, inputs: models.paths) }
      let inputs = try models.inputs()
      let chosen = try ImageChoice(choice, settings, classes: ModelClasses(peeking: models.model))
      // What the options ask for is as much a setting as the configuration's.
      let configID =
        chosen.facts.map { SHA256.hex(Array("\(settingsID)\(seed)\($0.text)".utf8)) } ?? settingsID
      let made = try models.table(
        out, stage, settings, part, seed: seed, configID: configID, inputs: inputs, isRead: png != nil
      ) { partial in
        let work = try Generation(stage: stage, settings: settings, options: models, choice: chosen)
        return try work.run(
          seed: seed, label: "\(settings.arm.name) \(part.index + 1)/\(part.count)", keeping: &partial)
      }
      if let png { try made.map { try SamplePictures(table: $0).write(to: png, log: stage.log) } }
    }
  }
}
