import ArgumentParser
import Files
import Foundation
import Reporting
import RunReport
import StageKit

/// `score replicates`: several trainings of one preset on one page.
struct ReplicatesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replicates",
    abstract: "Writes one page of runs that differ in training seeds.",
    discussion: """
      Takes runs with equal settings but for the seeds of training and shows every
      arm's mean and standard error over them, and the differences between
      specialised arms and their rivals, paired by training seed, with t intervals
      and Holm's correction. 'make replicate SEEDS="1 2 3"' makes the runs and
      the page.

      EXAMPLE:
        score replicates work/smoke-seed-1 work/smoke-seed-2 \\
          --out work/smoke-replicates.html

      \(StageExit.help)
      """)

  @Argument(help: "The folders of the runs, two at least.")
  var runs: [String]

  @Option(help: "HTML file to write.")
  var out: String

  @OptionGroup var options: StageOptions

  func validate() throws {
    guard runs.count > 1 else {
      throw ValidationError("Replicates need two runs at least, found \(runs.count).")
    }
  }

  func run() throws {
    try runStage(Score.name, options) { stage in
      try stage.check(out, .page, inputs: [])
      let folders = try runs.map { path in
        let folder = try RunFolder(path)
        try folder.checkScores()
        return folder
      }
      let page = ReplicatesPage(try Replicates(folders)).page()
      if options.dryRun {
        stage.log.info(.note, "would make \(out)")
        return
      }
      let bytes = Array(try page.html().utf8)
      try writeAtomically(bytes, to: out)
      stage.log.info(.wrote, "wrote \(out) (\(HumanText.bytes(bytes.count)))", ["path": out])
    }
  }
}
