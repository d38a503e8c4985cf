import ArgumentParser
import Comparison
import EngineKit
import Features
import Files
import Images
import Randomness
import RunReport
import StageKit

/// `score preference page`: two arms to a page of pairs.
struct PreferencePageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "page",
    abstract: "Writes a page that shows pairs of images of two arms.",
    discussion: """
      An arm is a sample shard, a folder of them, or a folder of pictures. Images of
      the same seed and sample id, or of the same file name, are a pair; they must
      have been made for the same class or sentence. Which stands left is drawn for
      each participant. Attention checks show a real image beside its own pixels in
      random places.

      The page asks for consent first, works with keys and by touch, goes on where it
      was left, and sends nothing anywhere: at the end it saves a file of answers.

      EXAMPLE:
        score preference page --config work/mini/config/score.json \\
          --arms work/mini/samples/distill-greedy work/mini/samples/anyorder-random \\
          --out work/mini/study.html

      \(StageExit.help)
      """)

  @Option(parsing: .upToNextOption, help: "Two arms; wins are the first's.")
  var arms: [String]

  @Option(help: "Pairs to show, as equally many of each class as can be.")
  var pairs = 21

  @Option(help: "Attention checks to show among them.")
  var checks = 3

  @Option(help: "Configuration with the section data, whose test images are the real ones of checks.")
  var config: String?

  @Option(help: "Real images of checks instead: a folder of pictures.")
  var real: String?

  @Option(help: "What the page asks.")
  var question = "Which image looks better?"

  @Flag(help: "Offer \"No difference\" as well; it counts half for each arm.")
  var ties = false

  @Option(help: "Draws pairs, checks and sides.")
  var seed: UInt64 = 0

  @Option(help: "HTML file to write.")
  var out: String

  @OptionGroup var options: StageOptions

  /// Every image is inside the page.
  private static let most = 1000

  func validate() throws {
    guard arms.count == 2 else { throw ValidationError("--arms needs two arms, found \(arms.count).") }
    try requireOption(pairs, in: 1...Self.most, "--pairs")
    try requireOption(checks, in: 0...Self.most, "--checks")
    if config != nil && real != nil { throw ValidationError("--config and --real exclude each other.") }
    if checks > 0 && config == nil && real == nil {
      throw ValidationError("Attention checks need real images: give --config or --real, or --checks 0.")
    }
    if question.isEmpty { throw ValidationError("--question is empty.") }
  }

  func run() throws {
    try runStage(Score.name, options) { stage in
      try stage.check(out, .page, inputs: arms + [config, real])
      let study = try PreferenceStudy(
        try arms.map { try ArmPictures($0) }, pairs: pairs, real: try realImages(stage), question: question,
        ties: ties, seed: seed)
      if options.dryRun {
        stage.log.info(.note, "would make \(out)")
        return
      }
      let bytes = Array(try study.page().html().utf8)
      try writeAtomically(bytes, to: out)
      stage.log.info(
        .wrote,
        "wrote \(out) (\(HumanText.bytes(bytes.count))) · \(pairs) pairs of \(study.arms[0]) and "
          + "\(study.arms[1]), \(checks) checks", ["path": out])
    }
  }

  /// As many real images as there are checks, drawn at random.
  private func realImages(_ stage: StageRun) throws -> [Image] {
    var stream = RandomStream(seed: seed, purpose: "preference.checks")
    func draw(_ count: Int, from path: String) throws -> [Int] {
      guard count >= checks else {
        throw StageError(
          .badData,
          "\(path) has \(grouped(count)) images, expected \(checks) for as many checks. Lower --checks.")
      }
      return Array(stream.permutation(count).prefix(checks))
    }
    if let real {
      let pictures = try FolderPictures(real)
      return try draw(pictures.count, from: real).map { try pictures.load($0).image }
    }
    guard let config, checks > 0 else { return [] }
    let input = try ImageInput(ScoreSettings.load(config).0.data, split: .test, log: stage.log)
    return try draw(input.count, from: config).flatMap { try input.images.load($0..<$0 + 1).images }
  }
}
