import ArgumentParser
import StageKit

/// `score preference`: which of two arms people prefer (paper, 5.3).
struct PreferenceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preference",
    abstract: "Asks people which of two arms they prefer.",
    discussion: """
      'page' writes one offline HTML page of image pairs. Give it to participants, who
      send back a file of answers each. 'analyse' tells from them how often the first
      arm is preferred.

      EXAMPLE:
        score preference page --config work/mini/config/score.json \\
          --arms work/mini/samples/distill-greedy work/mini/samples/anyorder-random \\
          --out work/mini/study.html
        score preference analyse --page work/mini/study.html \\
          --answers answers-*.json --json work/mini/study.json

      \(StageExit.help)
      """,
    subcommands: [PreferencePageCommand.self, PreferenceAnalyseCommand.self])
}
