import Files

/// The score of an arm, `scores/<arm>.json`: samples of one model in one order, one shard per sampling seed.
public struct ArmRecord: Codable, Equatable, Sendable {
  /// What was compared with what.
  public struct Counts: Codable, Equatable, Sendable {
    /// Samples by seed.
    public let generated: [Int]
    public let classes: Int
    /// Real images; nil without features.
    public let real: Int?
    /// Images on either side of every distance; nil without features.
    public let compared: Int?
    /// k of precision, recall, density and coverage; nil without features.
    public let neighbours: Int?

    init(generated: [Int], classes: Int, real: Int? = nil, compared: Int? = nil, neighbours: Int? = nil) {
      self.generated = generated
      self.classes = classes
      self.real = real
      self.compared = compared
      self.neighbours = neighbours
    }
  }

  public let arm: String
  /// Sampling seeds, in the sequence of all numbers that are by seed.
  public let seeds: [UInt64]
  public let counts: Counts
  public let stepDistance: StepDistance
  /// Nil where no test tokens were given.
  public let commonestCode: CommonestCode?
  /// By layer, reference and quantity; empty without features.
  public let metrics: [Entry]
  /// What a reader must know about the comparison.
  public let warnings: [String]
  /// What features are coordinates in; nil without features.
  public let space: SpaceRecord?

  enum CodingKeys: String, CodingKey {
    case arm, seeds, counts, metrics, warnings
    case stepDistance = "step_distance"
    case commonestCode = "commonest_code"
    case space = "extractor"
  }
}

extension ArmRecord {
  /// What generated images are compared with.
  public enum Reference: String, Codable, CaseIterable, Sendable {
    case real, reconstructions
  }

  /// What stands in place of generated images, to say how well a perfect generator would do.
  public enum Floor: String, Codable, CaseIterable, Sendable {
    /// Real images, or reconstructions where these are the reference, of the other half.
    case secondHalf = "second_half"
    case reconstructionsOfSecondHalf = "reconstructions_of_second_half"
    case reconstructionsOfTheSame = "reconstructions_of_the_same"
  }

  /// One number of one layer against one reference.
  public struct Entry: MeasuredBySeed, Codable, Equatable, Sendable {
    /// The full name, such as "FD(lite0-block10-112, pil-bicubic-224)".
    public let name: String
    public let quantity: Quantity
    public let layer: String
    /// Features of the layer.
    public let dimension: Int
    public let against: Reference
    /// As they are printed.
    public let values: [Double]
    /// As computed.
    public let raw: [Double]
    public let mean: Double
    @WrittenAsNull public internal(set) var standardError: Double?
    /// The standard error of one seed's Fréchet distance over images; nil for other quantities, and where bias rules.
    @WrittenAsNull public internal(set) var jackknifeError: Double?
    /// By `Floor`.
    public let floors: [String: Double]

    enum CodingKeys: String, CodingKey {
      case name, quantity, layer, dimension, against, values, raw, mean, floors
      case standardError = "standard_error"
      case jackknifeError = "jackknife_error"
    }
  }

  /// The mean step distance d of the orders in which images were drawn (paper, Table 4), in grid cells.
  public struct StepDistance: MeasuredBySeed, Codable, Equatable, Sendable {
    public let name: String
    public let values: [Double]
    public let mean: Double
    @WrittenAsNull public internal(set) var standardError: Double?
    /// Of the mean over images.
    public let interval: [Double]

    enum CodingKeys: String, CodingKey {
      case name, values, mean
      case standardError = "standard_error"
      case interval = "interval_95"
    }
  }

  /// How often the commonest code of the test images is drawn, as a share of all codes.
  public struct CommonestCode: MeasuredBySeed, Codable, Equatable, Sendable {
    public let name: String
    public let code: Int
    /// Its share among test images.
    public let real: Double
    public let values: [Double]
    public let mean: Double
    @WrittenAsNull public internal(set) var standardError: Double?

    enum CodingKeys: String, CodingKey {
      case name, code, real, values, mean
      case standardError = "standard_error"
    }
  }
}
