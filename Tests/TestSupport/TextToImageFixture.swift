import Foundation
import Kernels
import Models

/// The models and batches of `t2i-a` (relative next location) and `t2i-c` (absolute, heads wider than the model), whose
/// numbers were computed in double precision.
public struct TextToImageFixture {
  public struct Facts: Decodable {
    public struct Sizes: Decodable {
      public let dim, depth, heads, side, codes: Int
      public let headWidth, vocabulary, textLength: Int
      public let next: String

      enum CodingKeys: String, CodingKey {
        case dim, depth, heads, side, codes
        case headWidth = "dim_head"
        case vocabulary = "text_vocab"
        case textLength = "text_len"
        case next = "next_pos"
      }
    }

    public struct Step: Decodable, Sendable {
      public let loss: Double
      public let norm: Double
      enum CodingKeys: String, CodingKey { case loss, norm = "grad_norm" }
    }

    public struct Optimisation: Decodable, Sendable {
      public let steps: [Step]
      public let finalLoss: Double
      public let headBias: [Float]

      enum CodingKeys: String, CodingKey {
        case steps
        case finalLoss = "final_loss"
        case headBias = "final_head_bias_first8"
      }
    }

    /// What was extracted or generated of one image.
    public struct Run: Decodable, Sendable {
      public let order: [Int]
      public let confidence: [Double]?
      public let nll: [Double]?
      public let codesInOrder: [Int]?
      public let schedule: [Int]?
      public let topK: Int?
      public let distance: Double?

      enum CodingKeys: String, CodingKey {
        case order, confidence, nll, schedule
        case codesInOrder = "codes_in_order"
        case topK = "top_k"
        case distance = "d"
      }
    }

    public struct Information: Decodable, Sendable {
      public let marginal, raster, ordered, delta: Double

      enum CodingKeys: String, CodingKey {
        case delta
        case marginal = "marginal_sum"
        case raster = "raster_ce_sum"
        case ordered = "ordered_ce_sum"
      }
    }

    public let config: Sizes
    public let loss: Double
    public let textLoss: Double
    public let imageLoss: Double
    public let adamw: Optimisation

    enum CodingKeys: String, CodingKey {
      case config, loss, adamw
      case textLoss = "text_loss"
      case imageLoss = "image_loss"
    }
  }

  private struct Images: Decodable {
    let images: [[String: Either]]
  }

  /// A run, or what else is there of an image.
  private enum Either: Decodable {
    case run(Facts.Run)
    case information(Facts.Information)
    case other

    init(from decoder: any Decoder) throws {
      if let run = try? Facts.Run(from: decoder) {
        self = .run(run)
      } else if let information = try? Facts.Information(from: decoder) {
        self = .information(information)
      } else {
        self = .other
      }
    }
  }

  public let name: String
  public let file: FixtureFile
  public let facts: Facts
  private let images: [[String: Either]]

  public static let names = ["t2i-a", "t2i-c"]

  public init(_ name: String) throws {
    self.name = name
    file = try FixtureFile(named: name)
    let data = try Data(contentsOf: FixtureFile.folder.appending(path: name + ".json"))
    facts = try JSONDecoder().decode(Facts.self, from: data)
    images = try JSONDecoder().decode(Images.self, from: data).images
  }

  public var configuration: AnyOrderConfiguration {
    let sizes = facts.config
    return AnyOrderConfiguration(
      width: sizes.dim, layers: sizes.depth, heads: sizes.heads, headWidth: sizes.headWidth,
      hidden: 4 * sizes.dim, codes: sizes.codes, classes: 0,
      text: TextSizes(vocabulary: sizes.vocabulary, length: sizes.textLength),
      positions: sizes.next == "relative" ? .doubleRelative : .doubleAbsolute, gridHeight: sizes.side,
      gridWidth: sizes.side)
  }

  public func model() -> AnyOrderTransformer {
    let model = AnyOrderTransformer(configuration: configuration)
    for parameter in model.parameters {
      parameter.value.copy(from: Tensor(parameter.value.shape, values: values(of: parameter.name, "param.")))
    }
    return model
  }

  /// The values of a parameter under a prefix: both heads are one there, texts first.
  public func values(of name: String, _ prefix: String) -> [Float] {
    for (head, isText) in [("text_head", true), ("image_head", false)] where name.hasPrefix(head) {
      let all = file.floats(prefix + name.replacing(head, with: "head"))
      let tokens = facts.config.vocabulary + facts.config.textLength
      let texts = all.count / (tokens + facts.config.codes) * tokens
      return Array(isText ? all[..<texts] : all[texts...])
    }
    return file.floats(prefix + name)
  }

  public var count: Int { images.count }
  public var locations: Int { configuration.locations }

  public func condition(_ image: Int) -> Condition {
    let length = facts.config.textLength
    return .text(file.ints("text")[image * length..<(image + 1) * length].map { UInt16($0) })
  }

  public func tokens(_ image: Int) -> [Int] {
    Array(file.ints("image")[image * locations..<(image + 1) * locations])
  }

  public var batch: AnyOrderBatch {
    AnyOrderBatch(
      tokens: file.ints("image"), conditions: (0..<count).map(condition), orders: file.ints("order"))
  }

  public func run(_ name: String, _ image: Int) -> Facts.Run? {
    if case .run(let run) = images[image][name] { run } else { nil }
  }

  public func information(_ image: Int) -> Facts.Information? {
    if case .information(let information) = images[image]["v_information"] { information } else { nil }
  }
}
