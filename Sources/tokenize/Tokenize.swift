import ArgumentParser
import StageKit

/// The first stage: images to codes.
@main
struct Tokenize: ParsableCommand {
  static func main() {
    StandardOutput.watch()
    main(nil)
  }

  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract: "Learns an image tokenizer and turns images into codes.",
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
    subcommands: [Fit.self, Encode.self])
}
