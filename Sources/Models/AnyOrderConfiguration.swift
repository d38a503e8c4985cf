/// Sizes of an any-order transformer (pipeline/method/transformer.md §1, pipeline/method/text-to-image.md §2).
public struct AnyOrderConfiguration: Equatable, Sendable {
  /// Model width C.
  public var width: Int
  public var layers: Int
  public var heads: Int
  /// Elements of one attention head; all heads together may be wider or narrower than C.
  public var headWidth: Int
  /// Width of the gated feed-forward layer, F.
  public var hidden: Int
  /// Codebook size V.
  public var codes: Int
  /// Number of classes; one more row embeds "no class" for classifier-free guidance. 0 in a model of texts.
  public var classes: Int
  /// The texts in front of images, or nil for a model of classes.
  public var text: TextSizes?
  public var positions: PositionEncoding
  /// What the model is asked for: codes, or where to go on.
  public var predicts: Prediction
  public var gridHeight: Int
  public var gridWidth: Int

  /// Number of image tokens N.
  public var locations: Int { gridHeight * gridWidth }
  /// Width of all heads together, I.
  public var inner: Int { heads * headWidth }
  /// What the rows of a sequence are for, by the model's `SequenceLayout`.
  public var sequence: SequenceShape {
    if predicts == .locations { return PolicyLayout.shape(self) }
    return positions == .tokens ? PositionTokenLayout.shape(self) : DoublePositionLayout.shape(self)
  }
  /// Logits of a prediction: V, or N of a model that predicts locations.
  public var outputs: Int { predicts == .codes ? codes : locations }

  public init(
    width: Int, layers: Int, heads: Int, headWidth: Int? = nil, hidden: Int, codes: Int, classes: Int,
    text: TextSizes? = nil, positions: PositionEncoding = .tokens, predicts: Prediction = .codes,
    gridHeight: Int, gridWidth: Int
  ) {
    self.width = width
    self.layers = layers
    self.heads = heads
    self.headWidth = headWidth ?? width / max(heads, 1)
    self.hidden = hidden
    self.codes = codes
    self.classes = classes
    self.text = text
    self.positions = positions
    self.predicts = predicts
    self.gridHeight = gridHeight
    self.gridWidth = gridWidth
  }

  /// What is wrong with these sizes, as one sentence, or nil when they can be built.
  public var problem: String? {
    var sizes = [
      ("width", width, SizeLimits.width), ("layers", layers, SizeLimits.layers),
      ("heads", heads, SizeLimits.width), ("hidden", hidden, SizeLimits.width), ("codes", codes, Int.max),
      ("grid height", gridHeight, SizeLimits.locations), ("grid width", gridWidth, SizeLimits.locations),
    ]
    if let text {
      sizes += [
        ("text vocabulary", text.vocabulary, SizeLimits.codes), ("text length", text.length, SizeLimits.text),
      ]
    } else {
      sizes.append(("classes", classes, SizeLimits.classes))
    }
    for (name, size, limit) in sizes {
      if size < 1 { return "\(name) must be at least 1, found \(size)" }
      if size > limit { return "\(name) must be at most \(limit), found \(size)" }
    }
    if text == nil, width % heads != 0 { return "width \(width) is not a multiple of heads \(heads)" }
    if headWidth < 4 || headWidth > SizeLimits.width {
      return "a head's width must be from 4 to \(SizeLimits.width), found \(headWidth)"
    }
    if headWidth % 4 != 0 { return "width / heads must be a multiple of 4, found \(headWidth)" }
    if inner > SizeLimits.width {
      return "all heads together must be at most \(SizeLimits.width) wide, found \(inner)"
    }
    if text != nil, classes != 0 { return "a model of texts has no classes, found \(classes)" }
    if text != nil, positions == .tokens {
      return "a model of texts has double positions, found position tokens"
    }
    if predicts == .locations, positions != .doubleAbsolute {
      return "a model that predicts locations has absolute positions, found \(positions.rawValue)"
    }
    if text == nil, inner != width {
      return "heads of a model of classes share the width \(width), found \(heads) heads of \(headWidth)"
    }
    if codes > SizeLimits.codes { return "at most 65,536 codes fit a token shard, found \(codes)" }
    if locations > SizeLimits.locations {
      return "at most 65,536 locations fit an order shard, found a grid of \(gridHeight)x\(gridWidth)"
    }
    if parameterCount > SizeLimits.parameters {
      return "a model has at most \(SizeLimits.parameters) parameters, found "
        + "\(parameterCount)"
    }
    return nil
  }

  /// Parameters of such a model, counted without making any. The sizes must be within `SizeLimits`.
  public var parameterCount: Int { parameterShapes.values.reduce(0) { $0 + $1.reduce(1, *) } }

  /// The official rule for F: ⌊8C/3⌋ rounded up to a multiple of 256.
  public static func officialHidden(width: Int) -> Int { (8 * width / 3 + 255) / 256 * 256 }
}

/// How a model knows where a token is and which location it is to predict.
public enum PositionEncoding: String, Codable, Sendable, CaseIterable {
  /// A position token before each content, turned by its location (RandAR; paper §4.2).
  case tokens
  /// Each content's row tells where it is and where the next one goes (paper §6; Pannatier et al. 2024).
  case doubleAbsolute = "double-absolute"
  /// The same, where the next location is told from the present one.
  case doubleRelative = "double-relative"
}

/// What the rows of an order are asked for.
public enum Prediction: Sendable {
  /// The code at the next location.
  case codes
  /// The next location itself, by what is revealed (an order policy, `PolicyLayout`).
  case locations
}

/// The texts that a model draws from.
public struct TextSizes: Codable, Equatable, Hashable, Sendable {
  /// Tokens of the text's vocabulary; token 0 pads.
  public var vocabulary: Int
  /// Tokens of a text, padded, T.
  public var length: Int
  /// Every padded place has a token of its own, behind the vocabulary.
  public var tokens: Int { vocabulary + length }

  public init(vocabulary: Int, length: Int) {
    self.vocabulary = vocabulary
    self.length = length
  }
}

/// What a model predicts is not among it: weights of the two kinds are stored as models of different types.
extension AnyOrderConfiguration: Codable {
  enum CodingKeys: String, CodingKey {
    case width, layers, heads, hidden, codes, classes, text, positions
    case headWidth = "head_width"
    case gridHeight = "grid_height"
    case gridWidth = "grid_width"
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    func number(_ key: CodingKeys) throws -> Int { try values.decode(Int.self, forKey: key) }
    self.init(
      width: try number(.width), layers: try number(.layers), heads: try number(.heads),
      headWidth: try values.decodeIfPresent(Int.self, forKey: .headWidth), hidden: try number(.hidden),
      codes: try number(.codes), classes: try number(.classes),
      text: try values.decodeIfPresent(TextSizes.self, forKey: .text),
      positions: try values.decodeIfPresent(PositionEncoding.self, forKey: .positions) ?? .tokens,
      gridHeight: try number(.gridHeight), gridWidth: try number(.gridWidth))
  }

  /// What is as in a model of classes with position tokens is left out.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    for (key, number) in [
      (CodingKeys.width, width), (.layers, layers), (.heads, heads), (.hidden, hidden), (.codes, codes),
      (.classes, classes), (.gridHeight, gridHeight), (.gridWidth, gridWidth),
    ] {
      try values.encode(number, forKey: key)
    }
    if headWidth != width / max(heads, 1) { try values.encode(headWidth, forKey: .headWidth) }
    try values.encodeIfPresent(text, forKey: .text)
    if positions != .tokens { try values.encode(positions, forKey: .positions) }
  }
}
