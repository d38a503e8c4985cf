import ArgumentParser
import StageKit

/// `score classifier`: the project's own classifier.
struct ClassifierCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "classifier",
    abstract: "Trains a small classifier on real images.",
    discussion: """
      Its features are a second network for distances (--network classifier), and its
      answers say of which class a generated image is.

      EXAMPLE:
        score classifier fit --config work/mini/config/classifier.json \\
          --out work/mini/classifier/model.shard

      \(StageExit.help)
      """,
    subcommands: [ClassifierFitCommand.self])
}
