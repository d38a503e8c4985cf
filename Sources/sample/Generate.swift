import ArgumentParser
import EngineKit
import Files
import Sampling
import Shards
import StageKit

/// `sample generate`: one shard of images of one seed.
struct Generate: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    abstract: "Generates images and decodes them.",
    discussion: """
      Reads a model, the image tokenizer that its codes belong to and, if the
      settings name one, the teacher that chooses locations. Writes one shard of
      samples of one seed, and with --png the same images as PNG files: each image,
      a grid of all, and the grid with each order beside its image, yellow first to
      violet last.

      Every image has its own random stream, so neither the batch nor the shard
      changes it: with --class the images are those of that class which a longer run
      draws. So one seed can be many jobs: with --seed S --shard 00003-of-00016, or
      with sampling.shards 16 in the settings, each draws a part of its images. With
      --shards 0-15/16 --claim any number of processes, on any nodes, share them.

      EXAMPLE:
        sample --config work/smoke/config/samples-distill-greedy.json \\
          --model work/smoke/distill/model.shard \\
          --tokenizer work/smoke/tokenizer/model.shard --class disc --images 16 \\
          --out discs.shard --png discs

      \(StageExit.help)
      """)

  @OptionGroup var models: ModelOptions
  @OptionGroup var choice: ImageChoiceOptions
  @Option(
    help: """
      With a model of captions: folder of token shards whose captions are drawn, one an image, in turn.
      """)
  var captions: String?
  @Option(
    help: """
      Which shard, such as 00000-of-00003: of all seeds of the settings, or with --seed of its images \
      (default: all images of the first seed).
      """)
  var shard: String?
  @Option(
    help: """
      Shards to draw one after the other, counted from 0, such as 3/16 or 0-7/16, of those that --shard tells; --out is a \
      folder then.
      """, transform: ShardRange.init(option:))
  var shards: ShardRange?
  @OptionGroup var claims: ClaimOptions
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
    if shards != nil, shard != nil || png != nil {
      throw ValidationError(
        "--shards takes the place of --shard, and --png is for one shard ('sample pictures').")
    }
    if claims.claim, shards == nil {
      throw ValidationError("--claim goes with --shards, the shards that processes share.")
    }
    if captions != nil, !models.words.prompts.isEmpty {
      throw ValidationError("--captions and --prompt both say what to draw: give one of them.")
    }
  }

  func run() throws {
    try runStage(SampleStage.name, options) { stage in
      let (settings, settingsID) = try models.settings()
      guard let shards else { return try draw(shard, out, settings, settingsID, stage) }
      let outputs = shards.paths(in: out, .samples)
      try stage.each(outputs, claims) {
        try draw("\(shards.parts[$0])", outputs[$0], settings, settingsID, stage)
      }
    }
  }

  /// Draws one shard, unless it is up to date.
  private func draw(
    _ shard: String?, _ out: String, _ settings: SampleSettings, _ settingsID: String, _ stage: StageRun
  ) throws {
    let part = try SampleShard(settings, shard, given: choice.seed, config: models.config)
    let paths = models.paths + [captions]
    try stage.check(out, .shard(.samples, part: part.place), inputs: paths)
    if let png { try SamplePictures.check(png, part, stage, inputs: paths) }
    var inputs = try models.inputs()
    if let captions {
      inputs += try ShardName.list(captions, kind: .tokens).map {
        try Provenance.Input(role: "captions", shard: $0)
      }
    }
    let chosen = try ImageChoice(
      choice, settings, classes: ModelClasses(peeking: models.model), prompts: models.words.prompts)
    // What the options ask for is as much a setting as the configuration's.
    let configID =
      chosen.facts.map { SHA256.hex(Array("\(settingsID)\(part.seed)\($0.text)".utf8)) } ?? settingsID
    let made = try models.table(
      out, stage, settings, part, configID: configID, inputs: inputs, isRead: png != nil
    ) {
      try GenerationWork(
        stage: stage, settings: settings, options: models, captions: captions, shard: part, choice: chosen,
        hasPictures: png != nil)
    }
    if let png { try made.map { try SamplePictures(table: $0).write(to: png, log: stage.log) } }
  }
}
