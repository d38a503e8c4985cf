import Files
import Metrics

/// How well a model predicts test images, `scores/likelihood-<model>.json`.
public struct LikelihoodRecord: Codable, Equatable, Sendable {
  /// A mean over images.
  public struct ImageSpread: Codable, Equatable, Sendable {
    public let mean: Double
    /// Of the mean; nil for one image.
    @WrittenAsNull public private(set) var standardError: Double?
    /// Of the mean, by resampling images.
    public let interval: [Double]

    enum CodingKeys: String, CodingKey {
      case mean
      case standardError = "standard_error"
      case interval = "interval_95"
    }

    /// - Throws: `MetricError.tooFewImages` for none.
    init(_ values: [Double], seed: UInt64) throws {
      let interval = try BootstrapInterval(ofMean: values, seed: seed)
      mean = interval.mean
      standardError = Summary(of: values).standardError
      self.interval = [interval.low, interval.high]
    }
  }

  /// How much easier the model's own order makes an image than raster order (paper, C.2).
  public struct Gain: Codable, Equatable, Sendable {
    /// Nats, paired by image.
    public let perToken: ImageSpread
    public let perImage: Double

    enum CodingKeys: String, CodingKey {
      case perToken = "nats_per_token"
      case perImage = "nats_per_image"
    }
  }

  /// Orders that were made for the test images.
  public struct Extracted: Codable, Equatable, Sendable {
    /// As settings have it; nil for equation (1).
    public let rule: JSONValue?
    /// Their mean step distance, in grid cells.
    public let stepDistance: Double
    /// The entropy of the location given the step, bits a step.
    public let variety: Double

    enum CodingKeys: String, CodingKey {
      case rule
      case stepDistance = "step_distance"
      case variety = "bits_per_step"
    }
  }

  public let images: Int
  public let tokensPerImage: Int
  /// By order: raster, random, greedy, extracted where orders were given, and policy where one was.
  public let bitsPerToken: [String: ImageSpread]
  public let gain: Gain
  /// The mean step distance of the model's own greedy orders, in grid cells.
  public let greedyStepDistance: ImageSpread
  /// What the extracted orders are like, along which bits are given; nil without, or from before they were looked at.
  public let extracted: Extracted?

  enum CodingKeys: String, CodingKey {
    case images
    case tokensPerImage = "tokens_per_image"
    case bitsPerToken = "bits_per_token"
    case gain = "gain_of_greedy_over_raster"
    case greedyStepDistance = "greedy_step_distance"
    case extracted = "extracted_orders"
  }
}
