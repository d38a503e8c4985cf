/// How images are generated (paper §4.5; spec/class-conditional §2, §4.3).
public struct GenerationSettings: Sendable {
  public enum LocationScore: String, Codable, Sendable {
    /// Locations are scored by conditional logits, untempered: the rule that made the training orders.
    case conditional
    /// Locations are scored by the guided logits.
    case guided
  }

  /// What the queries of one parallel step see of each other.
  public enum ParallelAttention: Sendable {
    /// Nothing: each sees the cache and itself (OAR, paper B.1).
    case independent
    /// The queries before them, as RandAR's own code does; for fixed orders only.
    case causal
  }

  public var sampler: TokenSampler
  /// Guided logits are u + s·(c − u); s runs from `guidanceStart` linearly to `guidanceEnd` with the share of
  /// placed tokens. Equal values are a constant; guidance is off unless `guidanceEnd` exceeds 1.
  public var guidanceStart: Float
  public var guidanceEnd: Float
  public var locationScore: LocationScore
  /// Decoding steps for all tokens; 0 places one token a step.
  public var steps: Int
  public var parallelAttention: ParallelAttention

  public var isGuided: Bool { guidanceEnd > 1 }

  public init(
    sampler: TokenSampler, guidanceStart: Float = 1, guidanceEnd: Float = 1,
    locationScore: LocationScore = .conditional, steps: Int = 0,
    parallelAttention: ParallelAttention = .independent
  ) {
    self.sampler = sampler
    self.guidanceStart = guidanceStart
    self.guidanceEnd = guidanceEnd
    self.locationScore = locationScore
    self.steps = steps
    self.parallelAttention = parallelAttention
  }

  func guidance(placed: Int, of locations: Int) -> Float {
    guidanceStart + (guidanceEnd - guidanceStart) * Float(placed) / Float(locations)
  }
}

/// One image to generate.
public struct GenerationRequest: Sendable {
  public var label: Int
  /// The order to follow, or nil to choose greedily.
  public var order: [Int]?
  /// Identifies the image's random stream: results depend on (seed, image), never on the batch.
  public var image: UInt64
  public var seed: UInt64

  public init(label: Int, order: [Int]? = nil, image: UInt64 = 0, seed: UInt64 = 0) {
    self.label = label
    self.order = order
    self.image = image
    self.seed = seed
  }
}

/// One generated image as tokens.
public struct GeneratedTokens: Sendable, Equatable {
  /// Codes in raster layout (N).
  public var tokens: [Int]
  /// Raster location of every placed token, in sequence; within a parallel step by descending score.
  public var order: [Int]
  /// max_v p(v) of the conditional logits at each placed location, from the model that chose it.
  public var confidence: [Float]
}
