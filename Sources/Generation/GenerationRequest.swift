import Models

/// One image to generate, or to complete.
public struct GenerationRequest: Sendable {
  public var condition: Condition
  /// The order to follow, in which known locations are passed over, or nil to choose greedily.
  public var order: [Int]?
  /// Identifies the image's random stream: results depend on (seed, image, window), never on the batch.
  public var image: UInt64
  public var seed: UInt64
  /// Which part of a larger picture this is; nil for a whole image.
  public var window: UInt64?
  /// What is there already.
  public var known: KnownTokens

  public init(
    condition: Condition, order: [Int]? = nil, image: UInt64 = 0, seed: UInt64 = 0, window: UInt64? = nil,
    known: KnownTokens = .none
  ) {
    self.condition = condition
    self.order = order
    self.image = image
    self.seed = seed
    self.window = window
    self.known = known
  }
}

/// Tokens that an image has before anything is drawn (pipeline/method/generation.md §8).
public struct KnownTokens: Sendable, Equatable {
  /// Their locations, in the sequence in which the model reads them.
  public let order: [Int]
  /// The code of each.
  public let codes: [Int]

  public static let none = KnownTokens(order: [], codes: [])

  public init(order: [Int], codes: [Int]) {
    precondition(
      order.count == codes.count && Set(order).count == order.count, "a code for each location, once")
    self.order = order
    self.codes = codes
  }

  public var count: Int { order.count }
}

/// One generated image as tokens.
public struct GeneratedTokens: Sendable, Equatable {
  /// Codes in raster layout (N).
  public var tokens: [Int]
  /// Raster location of every placed token, in sequence: the known ones, then those drawn, within a parallel
  /// step as they were chosen, by descending score where locations are.
  public var order: [Int]
  /// max_v p(v) at each placed location, of the logits that it was chosen by, guided or not, or else of the
  /// conditional ones; 1 for known tokens.
  public var confidence: [Float]
  /// In how many decoding steps it was drawn.
  public var steps: Int

  public init(tokens: [Int], order: [Int], confidence: [Float], steps: Int = 0) {
    self.tokens = tokens
    self.order = order
    self.confidence = confidence
    self.steps = steps
  }
}
