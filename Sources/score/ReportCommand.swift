import ArgumentParser
import Files
import Reporting
import RunReport
import StageKit

/// `score report`: everything a run holds on one page.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Writes the report of a run: one offline HTML page.",
    discussion: """
      Shows what the run's folder holds and leaves out what it does not. The page is
      a function of the folder alone: equal runs give equal pages, times aside.

      EXAMPLE:
        score report --run work/mini --out work/mini/report.html

      \(StageExit.help)
      """)

  @Option(name: .customLong("run"), help: "The run's folder.")
  var path: String

  @Option(help: "Weights shard of the tokenizer (default: the run's).")
  var tokenizer: String?

  @Option(help: "Folder with train/ and test/ tokens (default: the run's).")
  var tokens: String?

  @Option(help: "Folder of order shards (default: the run's).")
  var orders: String?

  @Option(help: "HTML file to write.")
  var out: String

  @OptionGroup var options: StageOptions

  func run() throws {
    try runStage(Score.name, options) { stage in
      try stage.check(out, .page, inputs: [tokenizer, tokens, orders])
      let folder = try RunFolder(path)
      try folder.checkScores()
      if options.dryRun {
        stage.log.info(.note, "would make \(out)")
        return
      }
      let page = try RunPage(run: folder, tokenizer: tokenizer, tokens: tokens, orders: orders).page()
      let bytes = Array(try page.html().utf8)
      try writeAtomically(bytes, to: out)
      stage.log.info(.wrote, "wrote \(out) (\(HumanText.bytes(bytes.count)))", ["path": out])
    }
  }
}
