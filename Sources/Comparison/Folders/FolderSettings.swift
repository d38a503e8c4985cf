/// How metrics are measured; every value is in the report.
public struct FolderSettings: Codable, Equatable, Sendable {
  var neighbours: Int
  var splits: Int
  /// As torch-fidelity does or as guided-diffusion does.
  var chunks: Bool
  var kidSubsets: Int
  var kidSubsetSize: Int
  /// Blocks of the jackknife; 0 for none.
  var jackknifeBlocks: Int
  var permutations: Int
  var seed: UInt64

  /// Rows of a chunk of guided-diffusion's inception score.
  static let chunkSize = 5000

  /// - Parameters: as the options of `score folders`.
  public init(
    neighbours: Int = 3, splits: Int = 10, chunks: Bool = false, kidSubsets: Int = 100,
    kidSubsetSize: Int = 1000, jackknifeBlocks: Int = 0, permutations: Int = 200, seed: UInt64 = 0
  ) {
    self.neighbours = neighbours
    self.splits = splits
    self.chunks = chunks
    self.kidSubsets = kidSubsets
    self.kidSubsetSize = kidSubsetSize
    self.jackknifeBlocks = jackknifeBlocks
    self.permutations = permutations
    self.seed = seed
  }

  enum CodingKeys: String, CodingKey {
    case neighbours, splits, chunks, permutations, seed
    case kidSubsets = "kid_subsets"
    case kidSubsetSize = "kid_subset_size"
    case jackknifeBlocks = "jackknife_blocks"
  }
}
