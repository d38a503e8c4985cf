import ArgumentParser
import Files
import Foundation
import Kernels
import Models
import Orders
import Reporting
import StageKit
import Training

/// Whether the paper's largest model fits and what it costs here.
struct ScaleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "scale",
    abstract: "Sample, extract and train once at the size of RandAR-XL.",
    discussion: """
      The default sizes are RandAR-XL's: 775 M parameters with random weights.
      Every part starts after the one before has given its memory back.
      """)

  @Option(help: "Model width.") var width = 1280
  @Option(help: "Blocks.") var layers = 36
  @Option(help: "Attention heads.") var heads = 20
  @Option(help: "Codebook size.") var codes = 16_384
  @Option(help: "Grid side.") var grid = 16
  @Option(help: "Classes.") var classes = 1000
  @Option(help: "How locations enter: tokens, double-absolute or double-relative.")
  var positions = PositionEncoding.tokens
  @Option(help: "Tokens of a text in front of the image, in place of a class; 0: classes.") var textLength = 0
  @Option(help: "Vocabulary of the text.") var vocabulary = 420
  @Option(help: "Elements of a head; 0: the width's share.") var headWidth = 0
  @Option(help: "Decoding steps of the sampled image; 0 for one a token.") var sampleSteps = 0
  @Option(help: "Steps of the extraction that are run; 0 for all of them.") var extractionSteps = 0
  @Option(help: "Images of the training step.") var batch = 2
  @Option(help: "Precision.") var precision = Precision.float32
  @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount
  @Option(help: "Most memory allowed, in gigabytes of 10⁹ bytes; more is exit code 1.") var limit = 24.0
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try requireOption(width, in: 1...SizeLimits.width, "--width")
    try requireOption(sampleSteps, in: 0...SizeLimits.locations, "--sample-steps")
    try requireOption(extractionSteps, in: 0...SizeLimits.locations, "--extraction-steps")
    try requireOption(batch, in: 1...65_536, "--batch")
    try requireOption(threads, in: 1...1024, "--threads")
    try requireOption(limit, in: 0...1e9, "--limit")
  }

  func run() throws {
    try precision.require()
    Parallel.configure(threads: threads)
    let machine = Machine(threads: threads)
    var sizes = RandomModelOptions()
    (sizes.width, sizes.layers, sizes.heads, sizes.hidden) = (width, layers, heads, 0)
    (sizes.codes, sizes.grid, sizes.classes) = (codes, grid, classes)
    (sizes.positions, sizes.headWidth) = (positions, headWidth)
    (sizes.textLength, sizes.vocabulary) = (textLength, vocabulary)
    let configuration = try sizes.configuration()
    let parts = ScaleParts(model: RandomModel(configuration), precision: precision)
    let rows = try [
      parts.start(), parts.sample(steps: sampleSteps), parts.extract(steps: extractionSteps),
      parts.train(batch: batch),
    ]
    let peak = rows.map(\.peakBytes).max() ?? 0
    try output.publish(
      report(rows, peak: peak, machine: machine, parts: parts),
      [
        "machine": machine.json, "model": (try? JSONValue(encoding: configuration)) ?? .null,
        "precision": .string(precision.rawValue), "parameters": .integer(parts.parameters),
        "peak_bytes": .integer(peak), "parts": .array(rows.map(\.json)),
      ])
    guard Double(peak) <= limit * 1e9 else { throw ExitCode(1) }
  }

  private func report(_ rows: [ScaleParts.Row], peak: Int, machine: Machine, parts: ScaleParts) -> String {
    var table = MarkdownTable(["\(precision.rawValue)", "seconds", "GFLOP/s", "peak memory, GB"])
    for row in rows {
      table.add([
        row.name, Format.significant(row.seconds),
        row.operations > 0 ? Format.significant(row.operations / row.seconds / 1e9) : "–",
        Format.fixed(Double(row.peakBytes) / 1e9, 2),
      ])
    }
    let verdict = Double(peak) <= limit * 1e9 ? "within" : "ABOVE"
    return table.text
      + """

      - Model: \(parts.model.configuration.summary); \(Format.count(parts.parameters)) parameters, random weights.
      - Machine: \(machine.summary).
      - At most \(Format.fixed(Double(peak) / 1e9, 2)) GB were resident, \(verdict) \(Format.significant(limit)) GB.

      """
  }
}
