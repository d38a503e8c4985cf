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

  func validate() throws {
    try requireOption(width, in: 1...SizeLimits.width, "--width")
    try requireOption(hidden, in: 0...SizeLimits.width, "--hidden")
  }

  func configuration() throws -> AnyOrderConfiguration {
    let configuration = AnyOrderConfiguration(
      width: width, layers: layers, heads: heads,
      hidden: hidden == 0 ? AnyOrderConfiguration.officialHidden(width: width) : hidden, codes: codes,
      classes: classes, gridHeight: grid, gridWidth: grid)
    if let problem = configuration.problem { throw ValidationError(problem + ".") }
    return configuration
  }

  /// The same sizes on a command line.
  var arguments: [String] {
    [
      ("--width", width), ("--layers", layers), ("--heads", heads), ("--hidden", hidden), ("--codes", codes),
      ("--grid", grid), ("--classes", classes),
    ].flatMap { [$0.0, "\($0.1)"] }
  }
}

extension AnyOrderConfiguration {
  /// One line for the head of a report.
  var summary: String {
    "width \(width), \(layers) blocks, \(heads) heads, feed-forward \(hidden), \(locations) tokens, "
      + "\(codes) codes, \(classes) classes"
  }
}
