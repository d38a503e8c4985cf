/// Sizes of an any-order transformer with position tokens (RandAR; pipeline/method/transformer.md §1).
public struct AnyOrderConfiguration: Codable, Equatable, Sendable {
  /// Model width C.
  public var width: Int
  public var layers: Int
  public var heads: Int
  /// Width of the gated feed-forward layer, F.
  public var hidden: Int
  /// Codebook size V.
  public var codes: Int
  /// Number of classes; one more row embeds "no class" for classifier-free guidance.
  public var classes: Int
  public var gridHeight: Int
  public var gridWidth: Int

  /// Number of image tokens N.
  public var locations: Int { gridHeight * gridWidth }
  /// Elements of one attention head.
  public var headWidth: Int { width / heads }
  /// What the rows of a sequence are for, by the model's `SequenceLayout`.
  public var sequence: SequenceShape { PositionTokenLayout.shape(self) }

  enum CodingKeys: String, CodingKey {
    case width, layers, heads, hidden, codes, classes
    case gridHeight = "grid_height"
    case gridWidth = "grid_width"
  }

  public init(
    width: Int, layers: Int, heads: Int, hidden: Int, codes: Int, classes: Int, gridHeight: Int,
    gridWidth: Int
  ) {
    self.width = width
    self.layers = layers
    self.heads = heads
    self.hidden = hidden
    self.codes = codes
    self.classes = classes
    self.gridHeight = gridHeight
    self.gridWidth = gridWidth
  }

  /// What is wrong with these sizes, as one sentence, or nil when they can be built.
  public var problem: String? {
    let sizes = [
      ("width", width, SizeLimits.width), ("layers", layers, SizeLimits.layers),
      ("heads", heads, SizeLimits.width), ("hidden", hidden, SizeLimits.width), ("codes", codes, Int.max),
      ("classes", classes, SizeLimits.classes), ("grid height", gridHeight, SizeLimits.locations),
      ("grid width", gridWidth, SizeLimits.locations),
    ]
    for (name, size, limit) in sizes {
      if size < 1 { return "\(name) must be at least 1, found \(size)" }
      if size > limit { return "\(name) must be at most \(limit), found \(size)" }
    }
    if width % heads != 0 { return "width \(width) is not a multiple of heads \(heads)" }
    if headWidth % 4 != 0 { return "width / heads must be a multiple of 4, found \(headWidth)" }
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
  public var parameterCount: Int {
    let block = 4 * width * width + 3 * width * hidden + 2 * width
    return layers * block + (2 * codes + classes + 3) * width
  }

  /// The official rule for F: ⌊8C/3⌋ rounded up to a multiple of 256.
  public static func officialHidden(width: Int) -> Int { (8 * width / 3 + 255) / 256 * 256 }
}
