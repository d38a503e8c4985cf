import Foundation
import Testing

extension StageTests {
  /// The help screens, compared with committed copies. `UPDATE_SNAPSHOTS=1 swift test -c release --filter
  /// HelpTests` writes them anew after a change of the command line.
  @Suite struct HelpTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Help")
      .path

    @Test(arguments: [
      "tokenize", "tokenize fit", "tokenize encode", "tokenize text", "tokenize text fit",
      "tokenize text encode", "train-anyorder", "extract-orders", "distill", "distill tune", "distill policy",
      "sample", "sample generate", "sample inpaint", "sample outpaint", "sample edit", "sample pictures",
      "score", "score features", "score likelihood", "score compare", "score editing",
      "score report", "score runs", "score replicates", "score folders", "score export",
      "score information", "score classifier", "score classifier fit", "score sentences", "score preference",
      "score preference page", "score preference analyse",
      "shard", "shard inspect", "shard verify", "shard cat", "shard render", "shard diff", "shard agreement",
      "shard trial", "shard export", "shard export tensors", "shard export codes", "shard import",
      "shard import weights", "shard import codes", "shard import tokenizer", "shard export tokenizer",
      "shard random-weights",
      "benchmark", "benchmark table", "benchmark latency", "benchmark growth", "benchmark scale",
      "benchmark curves", "benchmark once",
    ])
    func `a help screen fits 80 columns and is the committed one`(command: String) throws {
      var words = command.split(separator: " ").map(String.init)
      words[0] = Workplace.binaries + "/" + words[0]
      let help = try Command.run(words + ["--help"], in: Workplace.project)
      #expect(help.code == 0)
      let lines = help.output.split(separator: "\n", omittingEmptySubsequences: false)
      // ArgumentParser does not wrap its usage line.
      let long = lines.filter { $0.count > 80 && !$0.hasPrefix("USAGE:") }
      #expect(long.isEmpty)
      let path = Self.folder + "/" + command.replacing(" ", with: "-") + ".txt"
      if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] != nil {
        try FileManager.default.createDirectory(atPath: Self.folder, withIntermediateDirectories: true)
        try help.output.write(toFile: path, atomically: true, encoding: .utf8)
      }
      let committed = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      #expect(help.output == committed)
    }

    @Test(arguments: ["tokenize", "train-anyorder", "extract-orders", "distill", "sample", "score"])
    func `every stage lists the exit codes`(command: String) throws {
      let help = try Command.run([Workplace.binaries + "/" + command, "--help"], in: Workplace.project)
      #expect(help.output.contains("EXIT CODES:"))
      #expect(help.output.contains("75  interrupted or locked; the same command continues"))
    }
  }
}
