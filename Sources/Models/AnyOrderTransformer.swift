import Kernels
import Layers
import Randomness

/// A decoder-only transformer that predicts image tokens in any order (paper §4.2; pipeline/method/transformer.md §2).
///
/// Its layout says what the rows of a sequence are; blocks, norm and head know rows only.
public final class AnyOrderTransformer: Sendable {
  public let configuration: AnyOrderConfiguration
  public let layout: any SequenceLayout
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
  public convenience init(configuration: AnyOrderConfiguration) {
    self.init(configuration: configuration, layout: PositionTokenLayout(configuration))
  }

  /// The same with rows of another layout than the configuration's own.
  package init(configuration: AnyOrderConfiguration, layout: any SequenceLayout) {
    precondition(configuration.problem == nil, configuration.problem ?? "")
    self.configuration = configuration
    let width = configuration.width
    self.layout = layout
    blocks = (0..<configuration.layers).map { TransformerBlock(index: $0, configuration: configuration) }
    norm = RMSNorm("norm.weight", width: width)
    head = Linear("output.weight", inputs: width, outputs: configuration.codes)
    rotary = RotaryTable(
      gridHeight: configuration.gridHeight, gridWidth: configuration.gridWidth,
      headWidth: configuration.headWidth)
    parameters = layout.parameters + blocks.flatMap(\.parameters) + [norm.gain, head.weight]
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
}
