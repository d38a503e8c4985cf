import ArgumentParser
import Files

/// Where results go besides standard output.
struct OutputOptions: ParsableArguments {
  @Option(help: "Write the numbers as JSON.") var json: String?
  @Option(help: "Write what is printed, as Markdown.") var markdown: String?

  /// Prints the report and writes the files that were asked for, each whole or not at all.
  func publish(_ report: String, _ numbers: JSONValue) throws {
    print(report, terminator: "")
    if let markdown { try writeAtomically(Array(report.utf8), to: markdown) }
    if let json { try writeAtomically(Array((numbers.prettyText + "\n").utf8), to: json) }
  }
}
