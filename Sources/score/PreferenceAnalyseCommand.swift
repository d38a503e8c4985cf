import ArgumentParser
import Comparison
import Files
import RunReport
import Shards
import StageKit

/// `score preference analyse`: files of answers to how often an arm is preferred.
struct PreferenceAnalyseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "analyse",
    abstract: "Tells from answers how often the first arm is preferred.",
    discussion: """
      Participants who fail attention checks are left out and counted. A tie counts
      half. Intervals and tests over participants say what other people would answer
      to these pairs, those over pairs what these people would answer to others.

      EXAMPLE:
        score preference analyse --page work/mini/study.html \\
          --answers answers-*.json --json work/mini/study.json

      \(StageExit.help)
      """)

  @Option(help: "The page that was answered.")
  var page: String

  @Option(parsing: .upToNextOption, help: "Files of answers, one a participant.")
  var answers: [String]

  @Option(help: "Attention checks that a participant may fail.")
  var allowedFailures = 0

  @Option(help: "Permutations of the tests.")
  var permutations = 10_000

  @Option(help: "Draws the permutations.")
  var seed: UInt64 = 0

  @Option(help: "JSON file to write, with unrounded numbers.")
  var json: String?

  @OptionGroup var options: StageOptions

  func validate() throws {
    if answers.isEmpty { throw ValidationError("--answers needs at least one file.") }
    try requireOption(allowedFailures, in: 0...ScoreSection.most, "--allowed-failures")
    try requireOption(permutations, in: 1...ScoreSection.most, "--permutations")
  }

  /// What decides the result besides its inputs.
  private struct Settings: Encodable {
    let allowedFailures, permutations: Int
  }

  func run() throws {
    try runStage(Score.name, options) { stage in
      if let json {
        try stage.check(json, option: "--json", .json(key: "win_rate"), inputs: [page] + answers)
      }
      let study = try PreferenceStudy(page: page)
      let found = try PreferenceAnswers.read(answers, to: study)
      let record = try PreferenceRecord(
        study, found.map(\.answers), allowedFailures: allowedFailures, permutations: permutations, seed: seed)
      guard let record else {
        throw StageError(
          .badData,
          "All \(found.count) participants failed more than \(allowedFailures) attention checks: nobody's answers "
            + "count. Ask others, or raise --allowed-failures.")
      }
      print(PreferenceTable(record).text)
      guard let json else { return }
      let settings = Settings(allowedFailures: allowedFailures, permutations: permutations)
      let provenance = stage.provenance(
        algorithm: Score.algorithm, configID: SHA256.hex(Array(try JSONValue(encoding: settings).text.utf8)),
        seed: seed,
        inputs: [Provenance.Input(role: "page", name: record.study, contentID: record.study)]
          + found.map(\.input))
      let judgements = record.participants.count * record.pairs
      try stage.wrote(json, try stage.write(record, to: json, provenance, images: judgements))
    }
  }
}
