import ArgumentParser
import Comparison
import Files
import StageKit

/// `score folders`: any two sets of images to their distances, without a run or a preset.
struct FoldersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "folders",
    abstract: "Compares generated with real images: any two folders.",
    discussion: """
      A set is a folder of images (where it holds none itself, those of the folders
      below it), a sample or feature shard or a folder of them, features in
      safetensors, or an .npz file: pytorch-fid's mu and sigma, or guided-diffusion's
      batches (arr_0, arr_1, mu, sigma, mu_s, sigma_s).
      Prints a table; exits with 65 if a number is not finite.

      fid and kid are the Fréchet and the kernel distance. They are called FID and
      KID for features of the Inception of 2015 only, and FD and KD for any other.
      kid-subsets and is draw as torch-fidelity does; fid-infinity extrapolates to
      infinitely many images; is and sfid need Inception's logits and spatial
      features. Inception's weights are the official
      pt_inception-2015-12-05-6726825d.pth as it is, or the same tensors in
      safetensors or in a weights shard.

      EXAMPLE:
        score folders --real photos --fake generated \\
          --weights pt_inception-2015-12-05-6726825d.pth --json score.json
        score folders --real stats.npz --fake seed-1 seed-2 seed-3 \\
          --weights inception.safetensors --pipeline pytorch-fid --metrics fid
        score folders --real photos --fake ours --against theirs \\
          --network lite0 --weights efficientnet-lite0.safetensors

      \(StageExit.help)
      """)

  @Option(help: "Real images.")
  var real: String

  @Option(
    parsing: .upToNextOption,
    help: "Generated images; several sets of one model give an interval around their mean.")
  var fake: [String]

  @Option(help: "Images of another model, to test in pairs with --fake.")
  var against: String?

  @OptionGroup var network: NetworkOptions

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Metrics: \(Metric.allCases.map(\.rawValue).joined(separator: ", ")) (default: "
        + "\(Metric.usual.map(\.rawValue).joined(separator: ", ")), as far as possible)."))
  var metrics: [Metric] = []

  @Option(help: "k of precision, recall, density and coverage.")
  var neighbours = 3

  @Option(help: "Splits of the inception score.")
  var splits = 10

  @Flag(help: "Inception score of chunks of 5000 without a shuffle, as guided-diffusion's.")
  var chunks = false

  @Option(help: "Subsets of kid-subsets.")
  var kidSubsets = 100

  @Option(help: "Images of a subset of kid-subsets.")
  var kidSubsetSize = 1000

  @Option(help: "Blocks of a jackknife around the scores of one generated set (0: none).")
  var jackknife = 0

  @Option(help: "Permutations of the test of fid with --against; each costs two distances.")
  var permutations = 200

  @Option(help: "Draws jackknife blocks, permutations and the sizes of fid-infinity.")
  var seed: UInt64 = 0

  @Option(help: "JSON file to write, with every setting and unrounded numbers.")
  var json: String?

  @OptionGroup var options: StageOptions

  func validate() throws {
    if fake.isEmpty { throw ValidationError("--fake needs at least one set.") }
    if against != nil && fake.count > 1 { throw ValidationError("--against needs a single set as --fake.") }
    for (value, least, name) in [
      (neighbours, 1, "neighbours"), (splits, 1, "splits"), (kidSubsets, 1, "kid-subsets"),
      (kidSubsetSize, 2, "kid-subset-size"), (jackknife, 0, "jackknife"), (permutations, 1, "permutations"),
    ] where value < least {
      throw ValidationError("--\(name) must be at least \(least), found \(value).")
    }
    for (value, name) in [
      (neighbours, "neighbours"), (splits, "splits"), (kidSubsets, "kid-subsets"),
      (kidSubsetSize, "kid-subset-size"), (jackknife, "jackknife"), (permutations, "permutations"),
    ] where value > ScoreSection.most {
      throw ValidationError("--\(name) must be at most \(ScoreSection.most), found \(value).")
    }
    if jackknife == 1 { throw ValidationError("--jackknife needs at least 2 blocks, or 0 for none.") }
    guard Set(metrics).count == metrics.count else {
      throw ValidationError("--metrics names a metric twice.")
    }
  }

  func run() throws {
    try runStage(Score.name, options) { stage in
      let settings = FolderSettings(
        neighbours: neighbours, splits: splits, chunks: chunks, kidSubsets: kidSubsets,
        kidSubsetSize: kidSubsetSize, jackknifeBlocks: jackknife, permutations: permutations, seed: seed)
      if let json {
        let inputs: [String?] = [real, against, network.weights] + fake
        try stage.check(json, option: "--json", .json(key: "sets"), inputs: inputs)
      }
      let asked = metrics.isEmpty ? Metric.usual : metrics
      let loader = network.loader(
        for: Set(asked.map(\.role)), statisticsSuffice: asked.allSatisfy(\.needsStatisticsOnly), stage)
      guard let sets = try loader.load([real] + fake + (against.map { [$0] } ?? [])) else { return }
      var comparison = try FolderComparison(
        real: sets[0], generated: Array(sets[1..<(1 + fake.count)]),
        against: against == nil ? nil : sets.last, layers: network.layers, settings: settings)
      let rows = try comparison.rows(asked, strictly: !metrics.isEmpty)
      let differences = try comparison.differences(asked)
      let record = FoldersRecord(
        comparison, asked: asked, rows: rows, differences: differences, algorithm: Score.algorithm)
      print(FolderTable(comparison: comparison, record: record).text)
      guard let json else { return }
      let provenance = stage.provenance(
        algorithm: Score.algorithm, configID: SHA256.hex(Array(try JSONValue(encoding: settings).text.utf8)),
        seed: seed, inputs: sets.flatMap(\.inputs))
      let images = sets.dropFirst().reduce(0) { $0 + ($1.count ?? 0) }
      try stage.wrote(json, try stage.write(record, to: json, provenance, images: images))
    }
  }
}

extension Metric: ExpressibleByArgument {}
