import Layers

/// A decoder-only transformer that predicts image tokens in any order (paper §4.2, §6; pipeline/method/transformer.md §2,
/// pipeline/method/text-to-image.md §2).
///
/// Its layout says what the rows of a sequence are; blocks, norm and heads know rows only.
public final class AnyOrderTransformer: Sendable {
  public let configuration: AnyOrderConfiguration
  public let layout: any SequenceLayout
  public let blocks: [TransformerBlock]
  public let norm: RowNorm
  /// Predicts codes, (V, C), or locations, (N, C).
  public let head: Linear
  /// Predicts the tokens of texts, (text tokens, C), in a model of texts that predicts codes.
  public let textHead: Linear?
  /// Turns queries and keys, where locations do not enter through tables.
  public let rotary: RotaryTable?
  /// Every parameter under its key.
  public let parameters: [Parameter]
  /// Values and gradients of all parameters, in their order.
  public let arena: ParameterArena

  /// A model of zeros, to be initialised or loaded. The configuration must have no `problem`.
  public init(configuration: AnyOrderConfiguration) {
    precondition(configuration.problem == nil, configuration.problem ?? "")
    self.configuration = configuration
    let width = configuration.width
    layout =
      if configuration.predicts == .locations {
        PolicyLayout(configuration)
      } else if configuration.positions == .tokens {
        PositionTokenLayout(configuration)
      } else {
        DoublePositionLayout(configuration)
      }
    blocks = (0..<configuration.layers).map { TransformerBlock(index: $0, configuration: configuration) }
    if let text = configuration.text {
      norm = RowNorm(layer: "final_norm", width: width)
      head = Linear(biased: "image_head", inputs: width, outputs: configuration.outputs)
      textHead =
        configuration.predicts == .codes
        ? Linear(biased: "text_head", inputs: width, outputs: text.tokens) : nil
    } else {
      norm = RowNorm(rootMeanSquare: "norm.weight", width: width)
      head = Linear("output.weight", inputs: width, outputs: configuration.outputs)
      textHead = nil
    }
    rotary =
      configuration.positions == .tokens
      ? RotaryTable(
        gridHeight: configuration.gridHeight, gridWidth: configuration.gridWidth,
        headWidth: configuration.headWidth) : nil
    parameters =
      layout.parameters + blocks.flatMap(\.parameters) + norm.parameters + head.parameters
      + (textHead?.parameters ?? [])
    arena = ParameterArena(parameters)
  }

  /// The parameters in the parts whose gradients a backward pass ends one after the other: norm and heads, the blocks from
  /// the last to the first, the layout's tables. Each is a range of `parameters`.
  public var gradientParts: [Range<Int>] {
    var start = layout.parameters.count
    let tables = 0..<start
    let ofBlocks = blocks.map { block in
      defer { start += block.parameters.count }
      return start..<start + block.parameters.count
    }
    return [start..<parameters.count] + ofBlocks.reversed() + [tables]
  }

  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }
}

extension AnyOrderTransformer {
  /// The matrices of the blocks by name, and how many of equal size each is: queries, keys and values lie one below the
  /// other. Embeddings and heads are none of them.
  public var hiddenMatrices: [String: Int] {
    var matrices: [String: Int] = [:]
    for block in blocks {
      for parameter in block.parameters where parameter.shape.count == 2 {
        matrices[parameter.name] = block.qkv.parameters.contains { $0 === parameter } ? 3 : 1
      }
    }
    return matrices
  }
}
