import ArgumentParser
import EngineKit
import Files
import Generation
import Shards
import StageKit

/// Options that inpaint, outpaint and edit share.
package struct EditOptions: ParsableArguments {
  package init() {}

  @OptionGroup package var models: ModelOptions
  @Option(help: "PNG or JPEG file of the image to complete, of the tokenizer's size.")
  package var image: String?
  @Option(help: "Shard of tokens or samples, or folder of token shards, whose images to complete.")
  package var tokens: String?
  @Option(help: "With --tokens: how many of its images, from the first (default: all).")
  package var images: Int?
  @Option(
    name: .customLong("class"), help: "Class to draw, by name or number (default with --tokens: their own).")
  package var className: String?
  @Option(help: "Sequence in which the model reads what is known: raster, random, greedy or given.")
  package var knownOrder: TokenEditor.KnownOrder = .raster
  @Flag(help: "Leave the decoder's pixels also where the image is known.")
  package var noPaste = false
  @Option(
    help: """
      Which shard, such as 00000-of-00003: of all seeds of the settings (default: all images with the first \
      seed).
      """)
  package var shard: String?
  @Option(help: "Sample shard to write.")
  package var out: String
  @Option(help: "Folder to write original, mask, result and order to as PNG files.")
  package var png: String?
  @OptionGroup package var options: StageOptions

  package func validate() throws {
    if (image == nil) == (tokens == nil) {
      throw ValidationError("Give one of --image and --tokens.")
    }
    try requireOption(images, in: 1...SampleSettings.mostImages, "--images")
    if images != nil && tokens == nil { throw ValidationError("--images goes with --tokens.") }
    if className != nil, !models.words.prompts.isEmpty {
      throw ValidationError("--class and --prompt both say what to draw: give one of them.")
    }
    if image != nil, className == nil, models.words.prompts.isEmpty {
      throw ValidationError("--image needs --class, the class to draw, or --prompt.")
    }
    if let shard, ShardPart(shard) == nil {
      throw ValidationError("--shard is an index and a count such as 00000-of-00003, found '\(shard)'.")
    }
    if (knownOrder == .given) && models.orders == nil {
      throw ValidationError("--known-order given needs --orders.")
    }
  }

  /// Completes images, or takes the result that is there, and writes the pictures.
  /// - Parameters:
  ///   - task: inpaint, outpaint or edit.
  ///   - region: what to draw anew.
  package func run(_ task: String, _ region: EditRegion) throws {
    try runStage(SampleStage.name, options) { stage in
      let (settings, settingsID) = try models.settings()
      let part = try SampleShard(settings, shard, config: models.config)
      let paths = models.paths + [image, tokens, region.file]
      try stage.check(out, .shard(.samples, part: part.place), inputs: paths)
      if let png { try SamplePictures.check(png, part, stage, inputs: paths) }
      let source = try EditSource(self)
      let facts = facts(task, region)
      // What the options ask for is as much a setting as the configuration's.
      let configID = SHA256.hex(Array("\(settingsID)\(part.seed)\(facts.text)".utf8))
      let inputs = try models.inputs() + source.inputs + region.inputs()
      let made = try models.table(
        out, stage, settings, part, configID: configID, inputs: inputs, isRead: png != nil
      ) {
        try EditingWork(
          stage: stage, settings: settings, options: self, region: region, source: source, shard: part,
          task: task, facts: facts)
      }
      if let png { try made.map { try EditPictures(table: $0).write(to: png, log: stage.log) } }
    }
  }

  /// What was asked for, as the shard tells of it.
  private func facts(_ task: String, _ region: EditRegion) -> JSONValue {
    var facts = region.facts
    facts["task"] = .string(task)
    facts["pasted"] = .bool(!noPaste)
    facts["known_order"] = .string(knownOrder.rawValue)
    facts["class"] = className.map { .string($0) }
    facts["prompt"] = models.words.prompts.first.map { .string($0) }
    facts["images"] = images.map { .integer($0) }
    return .object(facts)
  }
}

extension TokenEditor.KnownOrder: ExpressibleByArgument {}
