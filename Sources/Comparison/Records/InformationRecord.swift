import Files
import Metrics

/// The gain in V-information of one set of orders over another, what `score information` writes.
public struct InformationRecord: Codable, Equatable, Sendable {
  /// The gain as some models of the family tell it.
  public struct Row: Codable, Equatable, Sendable {
    /// Who was asked along the orders, and along those that they are compared with.
    public let models: [String]
    /// δ, paired by image.
    public let gain: LikelihoodRecord.ImageSpread
    /// The summed cross-entropy along the orders, nats an image.
    public let orders: LikelihoodRecord.ImageSpread
    /// The same along those that they are compared with.
    public let reference: LikelihoodRecord.ImageSpread
    /// The mean gain in bits a token.
    public let gainPerToken: Double

    enum CodingKeys: String, CodingKey {
      case models
      case gain = "gain_nats_per_image"
      case orders = "orders_nats_per_image"
      case reference = "reference_nats_per_image"
      case gainPerToken = "gain_bits_per_token"
    }

    /// - Parameters:
    ///   - orders: nats of each image along the orders.
    ///   - reference: along those that they are compared with.
    init(models: [String], orders: [Double], reference: [Double], tokens: Int, seed: UInt64) throws {
      let gains = zip(reference, orders).map { $0 - $1 }
      self.models = models
      gain = try LikelihoodRecord.ImageSpread(gains, seed: seed)
      self.orders = try LikelihoodRecord.ImageSpread(orders, seed: seed)
      self.reference = try LikelihoodRecord.ImageSpread(reference, seed: seed)
      gainPerToken = gain.mean / Double(tokens) * 1.4426950408889634
    }
  }

  public let images: Int
  public let tokensPerImage: Int
  /// Names of the sets of orders.
  public let orders: String
  public let reference: String
  /// One model, asked along both.
  public let oneModel: Row
  /// Along each set the model that predicts best, which is nearer to the infimum of the definition; nil of one model.
  @WrittenAsNull public private(set) var bestOfFamily: Row?

  enum CodingKeys: String, CodingKey {
    case images, orders, reference
    case tokensPerImage = "tokens_per_image"
    case oneModel = "v_information_gain"
    case bestOfFamily = "v_information_gain_of_best"
  }

  init(
    images: Int, tokensPerImage: Int, orders: String, reference: String, oneModel: Row, bestOfFamily: Row?
  ) {
    self.images = images
    self.tokensPerImage = tokensPerImage
    self.orders = orders
    self.reference = reference
    self.oneModel = oneModel
    _bestOfFamily = WrittenAsNull(wrappedValue: bestOfFamily)
  }
}
