import Kernels
import Layers
import Randomness

/// A decoder-only transformer that predicts image tokens in any order (paper §4.2, RandAR-style position
/// tokens; pipeline/method/transformer.md §2).
///
/// The sequence for an order π is [class, P(π₀), X(π₀), P(π₁), X(π₁), …]: X(l) embeds the token at location l and
/// P(l) announces that l comes next. Logits of X(πᵢ) are read at P(πᵢ). Locations enter through the rotary
/// embedding alone; the sequence index is not encoded.
public final class AnyOrderTransformer: Sendable {
  public let configuration: AnyOrderConfiguration
  /// (V, C).
  public let tokenEmbedding: Parameter
  /// (classes + 1, C); the last row means "no class".
  public let classEmbedding: Parameter
  /// The one shared position vector (1, C).
  public let positionVector: Parameter
  public let blocks: [TransformerBlock]
  public let norm: RMSNorm
  /// (V, C).
  public let head: Linear
  public let rotary: RotaryTable
  /// Every parameter under its official key.
  public let parameters: [Parameter]
  /// Values and gradients of all parameters, in their order.
  public let arena: ParameterArena

  /// A model of zeros, to be initialised or loaded. The configuration must have no `problem`.
  public init(configuration: AnyOrderConfiguration) {
    precondition(configuration.problem == nil, configuration.problem ?? "")
    self.configuration = configuration
    let width = configuration.width
    tokenEmbedding = Parameter("tok_embeddings.weight", shape: [configuration.codes, width])
    classEmbedding = Parameter(
      "cls_embedding.embedding_table.weight", shape: [configuration.classes + 1, width])
    positionVector = Parameter("pos_instruct_embeddings", shape: [1, width])
    blocks = (0..<configuration.layers).map { TransformerBlock(index: $0, configuration: configuration) }
    norm = RMSNorm("norm.weight", width: width)
    head = Linear("output.weight", inputs: width, outputs: configuration.codes)
    rotary = RotaryTable(
      gridHeight: configuration.gridHeight, gridWidth: configuration.gridWidth,
      headWidth: configuration.headWidth)
    parameters =
      [positionVector, classEmbedding, tokenEmbedding]
      + blocks.flatMap(\.parameters) + [norm.gain, head.weight]
    arena = ParameterArena(parameters)
  }

  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// Random weights as RandAR starts (pipeline/method/transformer.md §8): N(0, 0.02) everywhere, gains 1,
  /// head 0, so that the first loss is ln V.
  public func initialise(seed: UInt64) {
    for (index, parameter) in parameters.enumerated() where parameter.decays && parameter !== head.weight {
      var stream = RandomStream(seed: seed, purpose: "model.initialise", UInt64(index))
      parameter.value.copy(
        from: Tensor(parameter.value.shape, values: stream.normals(parameter.value.count, deviation: 0.02)))
    }
    head.weight.value.fill(0)
  }

  /// The position token P(l) of every location: the shared vector, its heads rotated by the location
  /// (pipeline/method/transformer.md §4). Shape (N, C). Inside attention queries and keys are rotated once
  /// more.
  public func positionTokens() -> Tensor {
    let table = Tensor(configuration.locations, configuration.width)
    writePositionTokens(table)
    return table
  }

  /// The same into a table that there is already.
  func writePositionTokens(_ table: Tensor) {
    for location in 0..<configuration.locations {
      table.row(location).update(from: positionVector.value.pointer, count: configuration.width)
      withUnsafePointer(to: Int32(1 + location)) {
        rotary.rotate(RowView(table, row: location), rows: 1, heads: configuration.heads, by: $0)
      }
    }
  }
}
