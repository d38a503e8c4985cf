import ArgumentParser
import StageKit

/// The first stage: images to codes, and captions to ids.
@main
struct Tokenize: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Learns an image tokenizer and turns images into codes; captions too.",
    discussion: """
      EXAMPLE:
        tokenize fit --config work/mini/config/tokenizer.json \\
          --out work/mini/tokenizer/model.shard
        tokenize encode --config work/mini/config/tokens.json \\
          --tokenizer work/mini/tokenizer/model.shard --split train \\
          --shard 00003-of-00008 \\
          --out work/mini/tokens/train/tokens-00003-of-00008.shard

      \(StageExit.help)
      """,
    subcommands: [Fit.self, Encode.self, TextCommand.self])

  static func main() { runStageProgram(Self.self) }
}
