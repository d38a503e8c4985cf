import ArgumentParser
import Comparison
import Features
import Formats
import StageKit

/// `score export`: images to the files that the field's other tools read.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes images or their statistics as .npz for other tools.",
    discussion: """
      --statistics writes mu and sigma in double precision as pytorch-fid reads
      them. --batch writes arr_0, bytes [N, H, W, 3], as guided-diffusion reads
      samples, and arr_1 where classes are known. Equal images give equal bytes.

      EXAMPLE:
        score export --from photos --statistics photos.npz \\
          --weights inception.safetensors --pipeline pytorch-fid
        score export --from work/mini/samples/distill-greedy --batch samples.npz

      \(StageExit.help)
      """)

  @Option(help: "Images: a folder, sample shards or an .npz batch; for --statistics also features.")
  var from: String

  @Option(help: "File of statistics to write.")
  var statistics: String?

  @Option(help: "File of images to write.")
  var batch: String?

  @OptionGroup var network: NetworkOptions

  @OptionGroup var options: StageOptions

  func validate() throws {
    if statistics == nil && batch == nil { throw ValidationError("Give --statistics, --batch or both.") }
    if let statistics, statistics == batch {
      throw ValidationError("--statistics and --batch need files of their own.")
    }
    if network.layers.count > 1 {
      throw ValidationError("Statistics are of one layer: name one in --layers.")
    }
  }

  func run() throws {
    try runStage(Score.name, options) { stage in
      for (path, option) in [(statistics, "--statistics"), (batch, "--batch")] {
        if let path { try stage.check(path, option: option, .npz, inputs: [from, network.weights]) }
      }
      // Both are made before the first is written, so that a failure leaves neither.
      let pictures = try batch.map { ($0, try ScoredSource(from).exportedBatch(from)) }
      let measured = try statistics.flatMap { path in try self.statistics(stage).map { (path, $0) } }
      for (path, file) in [pictures, measured].compactMap(\.self) {
        if options.dryRun {
          stage.log.info(.note, "would write \(path)")
        } else {
          try file.write(to: path)
          try stage.wrote(path, MadeOutput(count: file.images?.count ?? file.count ?? 0, unit: "images"))
        }
      }
    }
  }

  /// The statistics of the images; nil in a dry run, which runs no network.
  private func statistics(_ stage: StageRun) throws -> ReferenceFile? {
    let loader = network.loader(for: [.features, .spatial], statisticsSuffice: false, stage)
    return try loader.load([from])?.first.map { try $0.exportedStatistics(layer: network.layers.first) }
  }
}
