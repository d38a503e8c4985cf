import ArgumentParser
import Sampling
import StageKit

/// Generates images with a model, content and, when greedy, location (paper §4.5); and completes given ones.
@main
struct Sample: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: SampleStage.name,
    abstract: "Generate images in raster, random, given or greedy order, or complete given ones.",
    discussion: """
      Without a subcommand it generates: 'sample --config …' is 'sample generate
      --config …'. The other subcommands keep a part of an image and draw the rest,
      with the same models, settings and orders and without any training.

      EXAMPLE:
        sample --config work/smoke/config/samples-distill-greedy.json \\
          --model work/smoke/distill/model.shard \\
          --tokenizer work/smoke/tokenizer/model.shard --shard 00000-of-00002 \\
          --out work/smoke/samples/distill-greedy/samples-00000-of-00002.shard

      \(StageExit.help)
      """,
    subcommands: [Generate.self, Inpaint.self, Outpaint.self, Edit.self, PicturesCommand.self],
    defaultSubcommand: Generate.self)

  static func main() { runStageProgram(Self.self) }
}
