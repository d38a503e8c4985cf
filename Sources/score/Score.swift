import ArgumentParser
import StageKit

/// The last stage: samples, real images and models to numbers and a page.
@main
struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score",
    abstract: "Measures samples and models and writes the report.",
    discussion: """
      EXAMPLE:
        score features --config work/mini/config/score.json --images test \\
          --out work/mini/features/real-test.shard
        score features --config work/mini/config/score.json \\
          --samples work/mini/samples/distill-greedy \\
          --out work/mini/features/distill-greedy.shard
        score compare --config work/mini/config/score.json \\
          --samples work/mini/samples/distill-greedy \\
          --features work/mini/features \\
          --out work/mini/scores/distill-greedy.json
        score report --run work/mini --out work/mini/report.html

      \(StageExit.help)
      """,
    subcommands: [
      FeaturesCommand.self, CompareCommand.self, LikelihoodCommand.self, EditingCommand.self,
      ReportCommand.self, RunsCommand.self, ReplicatesCommand.self, FoldersCommand.self, ExportCommand.self,
      InformationCommand.self, ClassifierCommand.self, SentencesCommand.self, PreferenceCommand.self,
    ])

  static func main() { runStageProgram(Self.self) }

  /// Raised when results change for equal settings; pipeline/algorithms.json says the same.
  static let algorithm = 2
  static let name = "score"
}
