import ArgumentParser
import Foundation
import Kernels
import Models
import Orders
import Shards
import Training

/// Measures the engine on this machine: rates, and shares of the matrix-multiply peak of the same run.
@main
struct Benchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Measure training, extraction and sampling against this machine's matrix-multiply peak.",
    discussion: """
      Weights are random. Prints a table, or with --json one object.

      Example:
        benchmark --width 384 --layers 8 --heads 6 --hidden 1024 --codes 512 --grid 8
      """)

  @Option(help: "Model width.") var width = 384
  @Option(help: "Blocks.") var layers = 8
  @Option(help: "Attention heads.") var heads = 6
  @Option(help: "Feed-forward width.") var hidden = 1024
  @Option(help: "Codebook size.") var codes = 512
  @Option(help: "Grid side; the number of tokens is its square.") var grid = 8
  @Option(help: "Classes.") var classes = 100
  @Option(help: "Images of a training step.") var batch = 64
  @Option(help: "Images decoded together.") var images = 16
  @Option(help: "Repetitions; the median is reported.") var repetitions = 5
  @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount
  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    Parallel.configure(threads: threads)
    let configuration = AnyOrderConfiguration(
      width: width, layers: layers, heads: heads, hidden: hidden, codes: codes, classes: classes,
      gridHeight: grid, gridWidth: grid)
    if let problem = configuration.problem { throw ValidationError(problem + ".") }
    let model = AnyOrderTransformer(configuration: configuration)
    model.initialise(seed: 1)
    model.head.weight.value.copy(from: AnyOrderTransformer.randomHead(configuration, seed: 2))
    let work = Workload(model: model, batch: batch, images: images, repetitions: repetitions)
    let peak = PeakProduct.gigaflops(repetitions: repetitions)
    let rows = work.measure()
    if json {
      let entries = rows.map { row -> JSONValue in
        [
          "name": .string(row.name), "rate": .number(row.rate), "unit": .string(row.unit),
          "gflops": .number(row.gigaflops), "share_of_peak": .number(row.gigaflops / peak),
        ]
      }
      let result: JSONValue = [
        "peak_gflops": .number(peak), "threads": .integer(threads),
        "blas_core": .string(LinearAlgebraLibrary.core),
        "parameters": .integer(model.parameterCount), "rows": .array(entries),
      ]
      print(result.prettyText)
      return
    }
    print(
      String(
        format: "%d parameters, %d threads, OpenBLAS %@, matrix-multiply peak %.0f GFLOP/s\n",
        model.parameterCount, threads, LinearAlgebraLibrary.core, peak))
    for row in rows {
      let name = row.name.padding(toLength: 28, withPad: " ", startingAt: 0)
      let unit = row.unit.padding(toLength: 14, withPad: " ", startingAt: 0)
      print(
        name + String(format: "%10.1f ", row.rate) + unit
          + String(format: "%8.1f GFLOP/s %5.0f %% of peak", row.gigaflops, 100 * row.gigaflops / peak))
    }
  }
}
