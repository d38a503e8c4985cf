import Features
import Files

/// What `score folders --json` writes (pipeline/method/metrics.md §13).
public struct FoldersRecord: Codable, Equatable, Sendable {
  /// What wrote it.
  public struct Tool: Codable, Equatable, Sendable {
    public let name: String
    public let algorithm: Int
  }

  public let tool: Tool
  public let space: SpaceRecord
  public let settings: FolderSettings
  /// The metrics that were asked for.
  public let asked: [Metric]
  public let sets: [Side]
  public let metrics: [Row]
  public let differences: [Difference]
  public let warnings: [String]

  enum CodingKeys: String, CodingKey {
    case tool, settings, asked, sets, metrics, differences, warnings
    case space = "extractor"
  }
}

extension FoldersRecord {
  /// One side of the comparison.
  public struct Side: Codable, Equatable, Sendable {
    /// "real", "fake" or "against".
    public let role: String
    public let path: String
    /// Images; nil where a file does not say.
    public let count: Int?
    public let holdsStatistics: Bool
    /// Of what it was read from.
    public let contentID: String?
    /// What images are called, such as "folder"; nil where there are none, and then what follows is nil as well.
    public let kind: String?
    /// What was met while they were read; nil where statistics made that unnecessary.
    public let images: PictureSummary?
    /// The names of the first and of the last image.
    public let first: String?
    public let last: String?

    enum CodingKeys: String, CodingKey {
      case role, path, count, kind, images, first, last
      case holdsStatistics = "holds_statistics"
      case contentID = "content_id"
    }

    /// The members of images are written only where there are images.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(role, forKey: .role)
      try container.encode(path, forKey: .path)
      try container.encode(count, forKey: .count)
      try container.encode(holdsStatistics, forKey: .holdsStatistics)
      try container.encode(contentID, forKey: .contentID)
      guard let kind else { return }
      try container.encode(kind, forKey: .kind)
      try container.encode(images, forKey: .images)
      try container.encodeIfPresent(first, forKey: .first)
      try container.encodeIfPresent(last, forKey: .last)
    }
  }

  /// One number, for every generated set.
  public struct Row: Codable, Equatable, Sendable {
    public let metric: Metric
    /// The full name, such as "FID(inception-2015-12-05, clean-fid)".
    public let name: String
    /// Over generated sets.
    public let mean: Double
    /// By generated set, as printed.
    public let values: [Double]
    /// By generated set, as computed.
    public let raw: [Double]
    /// Population deviation over subsets or splits, by generated set; empty for other metrics.
    public let deviations: [Double]
    /// Around the mean; nil where nothing tells.
    @WrittenAsNull public internal(set) var interval: ScoreInterval?
    /// Images by generated set; nil where a file does not say.
    public let generatedCounts: [Int?]
    /// Real images; nil where a file does not say, or none take part.
    @WrittenAsNull public internal(set) var referenceCount: Int?
    /// Features of an image.
    public let dimension: Int
    /// Of neighbourhoods.
    public let k: Int?
    /// Images of a subset, by generated set.
    public let subsetSizes: [Int]?
    /// The score of every split, by generated set.
    public let splits: [[Double]]?
    /// What was extrapolated from, by generated set.
    public let points: [[Point]]?
    public let slopes: [Double]?
    /// Whether the reference of an extrapolation shrinks with the generated set.
    public let reference: String?

    enum CodingKeys: String, CodingKey {
      case metric, name, mean, values, raw, deviations, interval, dimension, k, splits, points, slopes,
        reference
      case generatedCounts = "generated_counts"
      case referenceCount = "reference_count"
      case subsetSizes = "subset_sizes"
    }
  }

  /// A distance at one number of images.
  public struct Point: Codable, Equatable, Sendable {
    public let generated: Int
    /// Nil where the reference is fixed.
    @WrittenAsNull public internal(set) var reference: Int?
    public let distance: Double
  }

  /// What a generated set scores minus what the other scores, and whether that is more than chance.
  public struct Difference: Codable, Equatable, Sendable {
    public let name: String
    public let difference: Double
    public let pValue: Double
    public let permutations: Int

    enum CodingKeys: String, CodingKey {
      case name, difference, permutations
      case pValue = "p_value"
    }
  }
}
