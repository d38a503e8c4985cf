import Files

/// The distances of completed test images, `editing/scores.json`.
public struct EditingRecord: Codable, Equatable, Sendable {
  /// One way to complete the same images.
  public struct Edit: Codable, Equatable, Sendable {
    /// Its folder's name.
    public let name: String
    public let arm: String
    /// What the sample shards say of the task, as it stands there; null where they say nothing.
    public let edit: JSONValue
    public let seeds: [UInt64]
    /// Completed with each seed.
    public let images: Int
    /// The share of pixels outside the mask that are as they were.
    public let knownPixels: SeedSpread
    /// Distances of the images with known pixels pasted, by layer; empty without features.
    public let pasted: [Distance]
    /// Distances of the images as the decoder makes them, by layer.
    public let decoded: [Distance]

    enum CodingKeys: String, CodingKey {
      case name, arm, edit, seeds, images
      case knownPixels = "known_pixels"
      case pasted = "metrics"
      case decoded = "decoded_metrics"
    }
  }

  /// The Fréchet distance in one layer.
  public struct Distance: MeasuredBySeed, Codable, Equatable, Sendable {
    public let name: String
    public let layer: String
    public let values: [Double]
    public let mean: Double
    @WrittenAsNull public internal(set) var standardError: Double?

    enum CodingKeys: String, CodingKey {
      case name, layer, values, mean
      case standardError = "standard_error"
    }
  }

  /// What perfect completion would score in one layer: the completed images as they were.
  public struct Floor: Codable, Equatable, Sendable {
    public let name: String
    public let layer: String
    public let value: Double
    public let isRankDeficient: Bool

    enum CodingKeys: String, CodingKey {
      case name, layer, value
      case isRankDeficient = "rank_deficient"
    }
  }

  /// Test images that were completed, and the others that they are compared with.
  public struct Counts: Codable, Equatable, Sendable {
    public let completed: Int
    public let others: Int
  }

  public let edits: [Edit]
  /// By layer; empty without features.
  public let floors: [Floor]
  public let counts: Counts
}
