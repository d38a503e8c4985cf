import ArgumentParser
import Files
import Foundation
import Kernels
import Models
import Reporting
import StageKit

/// How rates depend on the number of tokens, the batch, the width and the threads.
struct CurvesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "curves",
    abstract: "Measure rates against tokens, batch, width and threads, and draw them.",
    discussion: """
      Everything but the swept size stays as given. Training steps have as many
      images as give about 4,096 tokens, unless the batch is swept.
      """)

  @OptionGroup var model: RandomModelOptions
  @Option(help: "Images decoded together, unless the batch is swept.") var images = 16
  @Option(parsing: .upToNextOption, help: "Grid sides.") var grids = [4, 7, 8, 12, 16]
  @Option(parsing: .upToNextOption, help: "Batches.") var batches = [1, 4, 16, 64]
  @Option(parsing: .upToNextOption, help: "Widths, multiples of 64: one head of 64 each.")
  var widths = [128, 256, 384, 512, 768]
  @OptionGroup var measure: MeasureOptions
  @OptionGroup var output: OutputOptions
  @Option(help: "Write the curves as SVG.") var svg: String?

  func validate() throws {
    try requireOption(images, in: 1...65_536, "--images")
    for grid in grids { try requireOption(grid, in: 1...256, "--grids") }
    for batch in batches { try requireOption(batch, in: 1...65_536, "--batches") }
    for width in widths { try requireOption(width, in: 1...SizeLimits.width, "--widths") }
  }

  func run() throws {
    measure.configureThreads()
    let machine = Machine(threads: measure.threads)
    let sweeps = try self.sweeps()
    let points = try sweeps.map { sweep in try (sweep, sweep.measure(measure)) }
    Parallel.configure(threads: measure.threads)
    let curves = points.map { CurveChart(sweep: $0.0, points: $0.1, precisions: measure.precisions) }
    let text = curves.map(\.markdown).joined(separator: "\n")
    let notes =
      "\n- Images per second, medians of \(measure.repetitions).\n"
      + "- Model where nothing else is said: \(try model.configuration().summary).\n"
      + "- Machine: \(machine.summary).\n"
    try output.publish(
      text + notes,
      [
        "machine": machine.json, "model": try JSONValue(encoding: model.configuration()),
        "images": .integer(images), "repetitions": .integer(measure.repetitions),
        "curves": .array(curves.map(\.json)),
      ])
    guard let svg else { return }
    let sheet = ChartSheet(
      title: "Images per second of training, extraction and sampling", charts: curves.map(\.chart))
    try sheet.write(to: svg)
  }

  private func sweeps() throws -> [CurveSweep] {
    let base = try model.configuration()
    let cores = measure.threads
    let threads = stride(from: 0, through: 16, by: 1).map { 1 << $0 }.filter { $0 < cores } + [cores]
    return [
      CurveSweep(
        id: "tokens", title: "Image tokens", xLabel: "tokens", isLogarithmic: true,
        points: grids.map { grid in
          var sizes = base
          (sizes.gridHeight, sizes.gridWidth) = (grid, grid)
          return .init(x: grid * grid, sizes: sizes, images: images)
        }),
      CurveSweep(
        id: "batch", title: "Images together", xLabel: "images", isLogarithmic: true,
        points: batches.map { .init(x: $0, sizes: base, images: $0, batch: $0) }),
      CurveSweep(
        id: "width", title: "Model width", xLabel: "width", isLogarithmic: true,
        points: try widths.map { width in
          var options = model
          (options.width, options.heads, options.hidden) = (width, max(width / 64, 1), 0)
          return .init(x: width, sizes: try options.configuration(), images: images)
        }),
      CurveSweep(
        id: "threads", title: "Threads", xLabel: "threads", isLogarithmic: false,
        points: threads.map { .init(x: $0, sizes: base, images: images, threads: $0) }),
    ]
  }
}
