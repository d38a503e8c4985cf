import Metrics

/// How metrics are measured, whatever is compared.
struct MeasurementSettings: Equatable, Sendable {
  /// k of precision, recall, density and coverage.
  let neighbours: Int
  /// Subsets of the kernel distance, and images of each.
  let kernelSubsets: Int
  let kernelSubsetSize: Int
  /// How the inception score is divided.
  let division: InceptionScore.Division
  /// Blocks of the jackknife; 0 for none.
  let jackknifeBlocks: Int
  /// Draws jackknife blocks and the sizes that are extrapolated from.
  let seed: UInt64

  /// The seed of NumPy's generator for shuffles and subsets, torch-fidelity's.
  static let fidelitySeed: UInt32 = 2020
}

extension MeasurementSettings {
  /// As the preset of a run says.
  init(_ settings: ScoreSection) {
    self.init(
      neighbours: settings.neighbours, kernelSubsets: settings.kernelSubsets,
      kernelSubsetSize: settings.kernelSubsetSize,
      division: .shuffled(splits: 10, seed: Self.fidelitySeed), jackknifeBlocks: settings.jackknifeBlocks,
      seed: settings.seed)
  }

  /// As the options of `score folders` say.
  init(_ settings: FolderSettings) {
    self.init(
      neighbours: settings.neighbours, kernelSubsets: settings.kidSubsets,
      kernelSubsetSize: settings.kidSubsetSize,
      division: settings.chunks
        ? .chunks(of: FolderSettings.chunkSize)
        : .shuffled(splits: settings.splits, seed: Self.fidelitySeed),
      jackknifeBlocks: settings.jackknifeBlocks, seed: settings.seed)
  }
}
