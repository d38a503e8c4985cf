import ArgumentParser
import Checkpoints
import Metrics
import Shards
import StageKit

/// `score export`: images to the files that the field's other tools read.
struct ExportSet: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes images or their statistics as .npz for other tools.",
    discussion: """
      --statistics writes mu and sigma in double precision as pytorch-fid reads them,
      and with --spatial mu_s and sigma_s as in guided-diffusion's reference batches.
      --batch writes arr_0, bytes [N, H, W, 3], as guided-diffusion reads samples,
      and arr_1 where classes are known. Equal images give equal bytes.

      EXAMPLE:
        score export --from photos --statistics photos.npz \\
          --weights pt_inception-2015-12-05-6726825d.pth
        score export --from work/mini/samples/distill-greedy --batch samples.npz

      \(StageExit.help)
      """)

  @Option(help: "Images: a folder, sample shards or an .npz batch; for --statistics also features.")
  var from: String

  @Option(help: "File of statistics to write.")
  var statistics: String?

  @Flag(help: "Add the statistics of inception's spatial features, for sFID.")
  var spatial = false

  @Option(help: "File of images to write.")
  var batch: String?

  @OptionGroup var network: NetworkOptions

  @OptionGroup var options: StageOptions

  func validate() throws {
    if statistics == nil && batch == nil { throw ValidationError("Give --statistics, --batch or both.") }
    if spatial && (statistics == nil || network.network != .inception) {
      throw ValidationError("--spatial needs --statistics and --network inception.")
    }
    if network.layers.count > 1 {
      throw ValidationError("Statistics are of one layer: name one in --layers.")
    }
  }

  func run() throws {
    try runStage(Score.name, options) { stage in
      if let batch {
        let file = try images()
        if options.dryRun {
          stage.log.info(.note, "would write \(batch)")
        } else {
          try file.write(to: batch)
          try stage.wrote(batch, count: file.images?.count ?? 0, unit: "images")
        }
      }
      guard let statistics else { return }
      let loader = SetLoader(
        network: network, roles: spatial ? [.features, .spatial] : [.features], statisticsSuffice: false,
        stage: stage)
      guard let set = try loader.load([from])?.first else { return }
      guard let features = set.features else {
        throw StageError(.badData, "\(from) holds statistics already. Give images or features.")
      }
      let file = try Self.statistics(of: features, from)
      try file.write(to: statistics)
      try stage.wrote(statistics, count: features.count, unit: "images")
    }
  }

  private static func statistics(of features: LoadedFeatures, _ path: String) throws -> ReferenceFile {
    let layers = features.extractor.layers
    guard let main = layers.firstIndex(where: { $0.role == .features }),
      layers.count(where: { $0.role == .features }) == 1
    else {
      throw StageError(
        .badData,
        "\(path) has features of \(layers.map(\.name).joined(separator: ", ")), but statistics are of one "
          + "layer. Compute features of one.")
    }
    func statistics(_ index: Int) throws -> ReferenceFile.Statistics {
      let found = try FeatureStatistics(
        of: features.set("the images of \(path)", layer: index, images: 0..<features.count))
      return ReferenceFile.Statistics(mean: found.mean, covariance: found.covariance)
    }
    return ReferenceFile(
      statistics: try statistics(main),
      spatial: try layers.firstIndex { $0.role == .spatial }.map(statistics),
      extractor: features.extractor.description, count: features.count)
  }

  /// All images as one batch.
  /// - Throws: exit code 65 for images of different sizes, naming the first that differs.
  private func images() throws -> ReferenceFile {
    guard case .pictures(let pictures, _) = try ScoredSource(from) else {
      throw StageError(.badData, "\(from) holds no images. Give a folder, sample shards or an .npz batch.")
    }
    var pixels = [UInt8]()
    var size = (width: 0, height: 0)
    for index in 0..<pictures.count {
      let image = try pictures.load(index).image.converted(channels: 3)
      if index == 0 {
        size = (image.width, image.height)
        pixels.reserveCapacity(pictures.count * image.pixels.count)
      }
      guard (image.width, image.height) == size else {
        throw StageError(
          .badData,
          "\(pictures.name(of: index)) is \(image.width)x\(image.height) pixels, but the images before it are "
            + "\(size.width)x\(size.height). A batch holds one size: crop or scale them first.")
      }
      pixels += image.pixels
      try StopRequest.check()
    }
    return ReferenceFile(
      images: .init(count: pictures.count, height: size.height, width: size.width, pixels: pixels[...]),
      labels: pictures.labels?.map(Int.init))
  }
}
