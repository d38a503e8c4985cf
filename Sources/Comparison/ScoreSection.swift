import Features
import StageKit

/// What is measured.
public struct ScoreSection: CheckedConfiguration, Sendable {
  /// The weights of the feature network, a file; empty to measure without features.
  public let network: String
  /// Names of the layers whose features are compared, such as "lite0-block10-112".
  public let layers: [String]
  /// How Inception's input is made; left out: clean-fid.
  public let pipeline: InceptionPipeline?
  /// k of precision, recall, density and coverage.
  public let neighbours: Int
  /// Subsets of the kernel distance as torch-fidelity draws them; 0 for the estimator over all images alone.
  public let kernelSubsets: Int
  /// Images per subset.
  public let kernelSubsetSize: Int
  /// Blocks of the jackknife behind Fréchet distances; 0 for none.
  public let jackknifeBlocks: Int
  /// Test images whose likelihood is measured; 0 for all.
  public let likelihoodImages: Int
  /// Draws the halves of the real images, jackknife blocks and bootstrap resamples.
  public let seed: UInt64

  /// The most neighbours, subsets, images of a subset or blocks.
  public static let most = 1_000_000

  public func check(_ rules: inout ConfigurationRules) {
    let chosen = FeatureNetworkKind(ofLayers: layers)
    rules.require(
      chosen != nil && Set(layers).count == layers.count
        && !layers.contains(FeatureSpace.Layer.inceptionLogits.name), "layers",
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
  /// - Throws: as `FeatureNetworkKind.load`.
  public func load(_ path: String?) throws -> any FeatureNetwork {
    let chosen = FeatureNetworkKind(ofLayers: layers) ?? .lite0
    return try chosen.load(
      path ?? network, named: "score.network", layers: layers, pipeline: pipeline ?? .cleanFID)
  }
}
