/// Sizes of a VQ image tokenizer (pipeline/method/tokenizer.md §1).
///
/// Each level but the last halves the image, so that `multipliers` of three levels turn 28x28 pixels into 7x7
/// codes.
public struct ImageTokenizerConfiguration: Codable, Equatable, Sendable {
  public enum Encoder: String, Codable, Sendable {
    /// The official encoder: overlapping 3x3 convolutions with group normalisation.
    case convolutional
    /// Each code sees its own square of pixels and nothing else: a strided convolution without overlap, then
    /// residual blocks of 1x1 convolutions. A plain background then has one code wherever it is.
    case patch
  }

  /// How official files name the parts of the convolutional networks.
  public enum Keys: String, Codable, Sendable {
    /// LlamaGen: `conv_blocks`, numbered in the sequence in which they run.
    case llamagen
    /// Taming transformers: `down` and `up`, both numbered from full resolution
    /// (pipeline/method/tokenizer.md §3).
    case taming
  }

  /// Height and width of an image in pixels.
  public var imageSize: Int
  /// 1 for grey, 3 for colour.
  public var imageChannels: Int
  public var encoder: Encoder
  /// Channels at full resolution; level l has `channels * multipliers[l]`.
  public var channels: Int
  public var multipliers: [Int]
  /// Residual blocks of an encoder level; the decoder has one more. The patch encoder has this number times
  /// two.
  public var residualBlocks: Int
  /// Whether the middle attends over all pixels, and the lowest level too if `attentionLevels` is nil.
  public var attention: Bool
  /// Levels, 0 at full resolution, whose residual blocks are each followed by attention in both networks; nil
  /// leaves it to `attention`.
  public var attentionLevels: [Int]?
  /// The most groups of group normalisation.
  public var groups: Int
  /// Channels between the networks and the code projection.
  public var latentChannels: Int
  /// Width of the patch encoder's hidden layers; not used by the convolutional encoder.
  public var patchWidth: Int
  /// Codebook size V.
  public var codes: Int
  /// Elements of a code vector.
  public var codeWidth: Int
  /// How a latent is compared with codes.
  public var distance: VectorQuantizer.Distance
  public var keys: Keys

  public init(
    imageSize: Int, imageChannels: Int, encoder: Encoder, channels: Int, multipliers: [Int],
    residualBlocks: Int,
    attention: Bool, attentionLevels: [Int]? = nil, groups: Int, latentChannels: Int, patchWidth: Int,
    codes: Int, codeWidth: Int, distance: VectorQuantizer.Distance = .cosine, keys: Keys = .llamagen
  ) {
    self.imageSize = imageSize
    self.imageChannels = imageChannels
    self.encoder = encoder
    self.channels = channels
    self.multipliers = multipliers
    self.residualBlocks = residualBlocks
    self.attention = attention
    self.attentionLevels = attentionLevels
    self.groups = groups
    self.latentChannels = latentChannels
    self.patchWidth = patchWidth
    self.codes = codes
    self.codeWidth = codeWidth
    self.distance = distance
    self.keys = keys
  }

  /// Files from before there were distances, keys and levels of attention lack them and mean LlamaGen's.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      imageSize: try values.decode(Int.self, forKey: .imageSize),
      imageChannels: try values.decode(Int.self, forKey: .imageChannels),
      encoder: try values.decode(Encoder.self, forKey: .encoder),
      channels: try values.decode(Int.self, forKey: .channels),
      multipliers: try values.decode([Int].self, forKey: .multipliers),
      residualBlocks: try values.decode(Int.self, forKey: .residualBlocks),
      attention: try values.decode(Bool.self, forKey: .attention),
      attentionLevels: try values.decodeIfPresent([Int].self, forKey: .attentionLevels),
      groups: try values.decode(Int.self, forKey: .groups),
      latentChannels: try values.decode(Int.self, forKey: .latentChannels),
      patchWidth: try values.decode(Int.self, forKey: .patchWidth),
      codes: try values.decode(Int.self, forKey: .codes),
      codeWidth: try values.decode(Int.self, forKey: .codeWidth),
      distance: try values.decodeIfPresent(VectorQuantizer.Distance.self, forKey: .distance) ?? .cosine,
      keys: try values.decodeIfPresent(Keys.self, forKey: .keys) ?? .llamagen)
  }

  public enum CodingKeys: String, CodingKey {
    case imageSize = "image_size"
    case imageChannels = "image_channels"
    case encoder, channels, multipliers
    case residualBlocks = "residual_blocks"
    case attention
    case attentionLevels = "attention_levels"
    case groups
    case latentChannels = "latent_channels"
    case patchWidth = "patch_width"
    case codes
    case codeWidth = "code_width"
    case distance, keys
  }

  /// Pixels along the side of the square that one code stands for.
  public var patchSize: Int { 1 << (multipliers.count - 1) }
  /// Height and width of the grid of codes.
  public var gridSize: Int { imageSize / patchSize }
  /// The levels that attend, 0 at full resolution.
  public var attendingLevels: [Int] { attentionLevels ?? (attention ? [multipliers.count - 1] : []) }
  /// Codes of one image.
  public var locations: Int { gridSize * gridSize }
  /// Values of one image.
  public var imageValues: Int { imageSize * imageSize * imageChannels }

  /// What is wrong with these sizes, as one sentence, or nil when they can be built.
  public var problem: String? {
    let sizes: [SizeLimits.Named] = [
      ("image_size", imageSize, SizeLimits.imageSize), ("channels", channels, SizeLimits.width),
      ("groups", groups, SizeLimits.width), ("latent_channels", latentChannels, SizeLimits.width),
      ("patch_width", patchWidth, SizeLimits.width), ("code_width", codeWidth, SizeLimits.width),
      ("residual_blocks", residualBlocks, 256),
    ]
    if let problem = SizeLimits.problem(sizes, imageChannels: imageChannels) { return problem }
    guard SizeLimits.areLevels(multipliers) else {
      return "multipliers must be 1 to 10 positive integers, found \(multipliers)"
    }
    if let multiplier = multipliers.first(where: { channels * $0 > SizeLimits.width }) {
      return "channels times a multiplier must be at most \(SizeLimits.width), found "
        + "\(channels) times \(multiplier)"
    }
    if imageSize % patchSize != 0 {
      return
        "\(multipliers.count) levels need an image size that is a multiple of \(patchSize), "
        + "found \(imageSize)"
    }
    if let level = attentionLevels?.first(where: { !multipliers.indices.contains($0) }) {
      return "attention_levels must be among 0...\(multipliers.count - 1), found \(level)"
    }
    if encoder == .patch && keys != .llamagen { return "the patch encoder has no keys of \(keys.rawValue)" }
    if codes < 2 || codes > 65_536 { return "codes must be in 2...65,536, found \(codes)" }
    if locations > SizeLimits.locations {
      return "at most 65,536 codes of an image fit an order shard, found a grid of \(gridSize)x\(gridSize)"
    }
    return SizeLimits.problem(parameters: parameterCount, of: "a tokenizer")
  }
}
