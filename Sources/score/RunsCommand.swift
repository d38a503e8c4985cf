import ArgumentParser
import Files
import Foundation
import RunReport
import StageKit

/// `score runs`: two runs side by side.
struct RunsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "Compares two runs: settings that differ, scores and likelihoods.",
    discussion: """
      Prints the settings that differ, then every number that both runs have, with
      the difference B − A and its 95 % interval. Scores are compared in pairs where
      both runs sampled with the same seeds. What one of the runs lacks, or measured
      otherwise, is said. 'make compare A=work/a B=work/b' does the same.

      EXAMPLE:
        score runs work/fashion-mini work/slow

      \(StageExit.help)
      """)

  @Argument(help: "The folder of the first run.")
  var a: String
  @Argument(help: "The folder of the second run.")
  var b: String
  @Flag(help: "Print JSON instead of tables.")
  var json = false

  func run() throws {
    try runStage(Score.name, try StageOptions.parse([])) { _ in
      let report = RunsReport(try Self.folder(a), try Self.folder(b))
      let text = (json ? try JSONValue(record: report.record).prettyText : report.text) + "\n"
      do { try FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) } catch {
        throw StageError(
          .inputOutput, "Cannot write the comparison to stdout. Free some space and run it again.")
      }
    }
  }

  /// A folder that is a run's.
  private static func folder(_ path: String) throws -> RunFolder {
    let run = try RunFolder(path)
    guard !run.settings.isMissing || !run.scores.isEmpty || !run.likelihoods.isEmpty else {
      throw StageError(
        .missingInput,
        "\(path) is no run: expected config/settings.json or scores in it. "
          + "Give the folder of a run, such as work/smoke."
      )
    }
    return run
  }
}
