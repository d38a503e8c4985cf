import ArgumentParser
import Models
import StageKit

/// The sizes of the transformer that is measured.
struct RandomModelOptions: ParsableArguments {
  @Option(help: "Model width.") var width = 384
  @Option(help: "Blocks.") var layers = 8
  @Option(help: "Attention heads.") var heads = 6
  @Option(help: "Feed-forward width; 0 for the official rule.") var hidden = 0
  @Option(help: "Codebook size.") var codes = 512
  @Option(help: "Grid side; the number of tokens is its square.") var grid = 8
  @Option(help: "Classes.") var classes = 100
  @Option(help: "How locations enter: tokens, double-absolute or double-relative.")
  var positions = PositionEncoding.tokens
  @Option(help: "Tokens of a text in front of every image, in place of a class; 0: classes.") var textLength =
    0
  @Option(help: "Vocabulary of the texts.") var vocabulary = 420
  @Option(help: "Elements of a head; 0: the width's share.") var headWidth = 0

  func validate() throws {
    try requireOption(width, in: 1...SizeLimits.width, "--width")
    try requireOption(hidden, in: 0...SizeLimits.width, "--hidden")
  }

  func configuration() throws -> AnyOrderConfiguration {
    // DALLE-pytorch's rule for models of texts.
    let rule = textLength > 0 ? 4 * width : AnyOrderConfiguration.officialHidden(width: width)
    let configuration = AnyOrderConfiguration(
      width: width, layers: layers, heads: heads, headWidth: headWidth == 0 ? nil : headWidth,
      hidden: hidden == 0 ? rule : hidden, codes: codes, classes: textLength > 0 ? 0 : classes,
      text: textLength > 0 ? TextSizes(vocabulary: vocabulary, length: textLength) : nil,
      positions: positions, gridHeight: grid, gridWidth: grid)
    if let problem = configuration.problem { throw ValidationError(problem + ".") }
    return configuration
  }

  /// The same sizes on a command line.
  var arguments: [String] {
    [
      ("--width", width), ("--layers", layers), ("--heads", heads), ("--hidden", hidden), ("--codes", codes),
      ("--grid", grid), ("--classes", classes), ("--text-length", textLength), ("--vocabulary", vocabulary),
      ("--head-width", headWidth),
    ].flatMap { [$0.0, "\($0.1)"] } + ["--positions", positions.rawValue]
  }
}

extension PositionEncoding: ExpressibleByArgument {}

extension AnyOrderConfiguration {
  /// One line for the head of a report.
  var summary: String {
    "width \(width), \(layers) blocks, \(heads) heads, feed-forward \(hidden), \(locations) tokens, "
      + "\(codes) codes, " + (text.map { "texts of \($0.length) tokens" } ?? "\(classes) classes")
      + (positions == .tokens ? "" : ", positions \(positions.rawValue)")
  }
}
