import ArgumentParser
import StageKit

/// `tokenize text`: captions to ids.
struct TextCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "text",
    abstract: "Learns a text tokenizer and turns captions into ids.",
    discussion: """
      EXAMPLE:
        tokenize text fit --config work/captions/config/text.json \\
          --out work/captions/text/tokenizer.shard
        tokenize text encode --config work/captions/config/text.json \\
          --tokenizer work/captions/text/tokenizer.shard --split train \\
          --out work/captions/text/train.shard
      """,
    subcommands: [FitText.self, EncodeText.self])
}
