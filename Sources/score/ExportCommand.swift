import ArgumentParser
import Comparison
import Features
import Formats
import Metrics
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
      let pictures = try batch.map { ($0, try images()) }
      let measured = try statistics.flatMap { path in try self.statistics(stage).map { (path, $0) } }
      for (path, file) in [pictures, measured].compactMap(\.self) {
        if options.dryRun {
          stage.log.info(.note, "would write \(path)")
        } else {
          try file.write(to: path)
          try stage.wrote(path, count: file.images?.count ?? file.count ?? 0, unit: "images")
        }
      }
    }
  }

  /// The statistics of the images; nil in a dry run, which runs no network.
  private func statistics(_ stage: StageRun) throws -> ReferenceFile? {
    let loader = SetLoader(
      network: network, roles: [.features, .spatial], statisticsSuffice: false, stage: stage)
    guard let set = try loader.load([from])?.first else { return nil }
    guard let features = set.features else {
      throw StageError(.badData, "\(from) holds statistics already. Give images or features.")
    }
    return try Self.statistics(of: features, layer: network.layers.first, from)
  }

  /// The statistics of the only layer of features, or of the one that is named.
  private static func statistics(
    of features: LoadedFeatures, layer name: String?, _ path: String
  ) throws -> ReferenceFile {
    let layers = features.space.layers
    let chosen = layers.indices.filter { index in
      name == nil ? layers[index].role == .features : layers[index].name == name
    }
    guard let main = chosen.first, chosen.count == 1 else {
      throw StageError(
        .badData,
        "\(path) has features of \(layers.map(\.name).joined(separator: ", ")), but statistics are of one "
          + "layer. Name one of them in --layers.")
    }
    func statistics(_ index: Int) throws -> ReferenceFile.Statistics {
      let found = try FeatureStatistics(
        of: features.set("the images of \(path)", layer: index, images: 0..<features.count))
      return ReferenceFile.Statistics(mean: found.mean, covariance: found.covariance)
    }
    let spatial = layers.firstIndex { $0.role == .spatial }
    let space = FeatureSpace(
      layers: [layers[main]] + (spatial.map { [layers[$0]] } ?? []), resize: features.space.resize,
      weights: features.space.weights)
    return ReferenceFile(
      statistics: try statistics(main), spatial: try spatial.map(statistics),
      extractor: space.description, count: features.count)
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
