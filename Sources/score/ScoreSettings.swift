import ModelStages
import Metrics
import StageKit

/// The configuration of all subcommands: the sections `compute`, `data` and `score` of a preset.
struct ScoreSettings: Decodable {
  /// Reads a configuration file, for every subcommand that has one.
  static func load(_ path: String) throws -> (ScoreSettings, configID: String) {
    try StageConfiguration.load(path, as: ScoreSettings.self, algorithm: Score.algorithm)
  }

  let algorithm: Int
  /// For likelihoods; nothing else that is scored runs the transformer.
  let compute: ComputeSettings
  let data: DataSettings
  let score: ScoreSection
}

/// What is measured.
struct ScoreSection: CheckedConfiguration {
  /// The weights of the feature network, a file; empty to measure without features.
  let network: String
  /// Names of the layers whose features are compared, such as "lite0-block10-112".
  let layers: [String]
  /// How Inception's input is made; left out: clean-fid.
  let pipeline: InceptionPipeline?
  /// k of precision, recall, density and coverage.
  let neighbours: Int
  /// Subsets of the kernel distance as torch-fidelity draws them; 0 for the estimator over all images alone.
  let kernelSubsets: Int
  /// Images per subset.
  let kernelSubsetSize: Int
  /// Blocks of the jackknife behind Fréchet distances; 0 for none.
  let jackknifeBlocks: Int
  /// Test images whose likelihood is measured; 0 for all.
  let likelihoodImages: Int
  /// Draws the halves of the real images, jackknife blocks and bootstrap resamples.
  let seed: UInt64

  /// The most neighbours, subsets, images of a subset or blocks.
  static let most = 1_000_000

  func check(_ rules: inout ConfigurationRules) {
    let chosen = Network(ofLayers: layers)
    rules.require(
      chosen != nil && Set(layers).count == layers.count
        && !layers.contains(Extractor.Layer.inceptionLogits.name), "layers",
      "a list of different layers of one network, such as lite0-block10-112 and lite0-1280, or "
        + "inception-2015-12-05-2048", layers)
    rules.require(
      pipeline == nil || chosen == .inception, "pipeline", "left out unless 'layers' are Inception's",
      pipeline?.rawValue ?? "")
    rules.requirePositive(neighbours, atMost: Self.most, "neighbours")
    rules.require(kernelSubsets >= 0, "kernel_subsets", "at least 0", kernelSubsets)
    rules.require(kernelSubsets, atMost: Self.most, "kernel_subsets")
    rules.require(kernelSubsetSize > 1, "kernel_subset_size", "above 1", kernelSubsetSize)
    rules.require(kernelSubsetSize, atMost: Self.most, "kernel_subset_size")
    rules.require(jackknifeBlocks, atMost: Self.most, "jackknife_blocks")
    rules.require(
      jackknifeBlocks != 1 && jackknifeBlocks >= 0, "jackknife_blocks", "0 or above 1", jackknifeBlocks)
    rules.require(likelihoodImages >= 0, "likelihood_images", "at least 0", likelihoodImages)
  }

  /// Loads the feature network.
  /// - Parameter path: its weights, instead of the settings'.
  /// - Throws: as `Network.load`.
  func load(_ path: String?) throws -> any PictureNetwork {
    let chosen = Network(ofLayers: layers) ?? .lite0
    return try chosen.load(
      path ?? network, named: "score.network", layers: layers, pipeline: pipeline ?? .cleanFID)
  }
}
