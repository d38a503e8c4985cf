import Kernels

/// What one block keeps of a forward pass for its backward pass. Shapes in rows R of all sequences together.
final class BlockActivations: @unchecked Sendable {
  let input: Tensor  // (R, C) the residual stream
  let attentionRoot: Tensor  // (R) reciprocal roots of the norm
  let attentionNormed: Tensor  // (R, C)
  let qkv: Tensor  // (R, 3C), rotated
  let normaliser: Tensor  // (R, H)
  let attended: Tensor  // (R, C)
  let middle: Tensor  // (R, C) the residual stream between the halves
  let feedForwardRoot: Tensor  // (R)
  let feedForwardNormed: Tensor  // (R, C)
  let gates: Tensor  // (R, 2F)

  init(rows: Int, configuration: AnyOrderConfiguration) {
    let width = configuration.width
    input = Tensor(rows, width)
    attentionRoot = Tensor(rows)
    attentionNormed = Tensor(rows, width)
    qkv = Tensor(rows, 3 * width)
    normaliser = Tensor(rows, configuration.heads)
    attended = Tensor(rows, width)
    middle = Tensor(rows, width)
    feedForwardRoot = Tensor(rows)
    feedForwardNormed = Tensor(rows, width)
    gates = Tensor(rows, 2 * configuration.hidden)
  }
}

/// Gradients of a block's intermediate values, shared by all blocks: each is used up before the next block's turn.
final class BlockGradients: @unchecked Sendable {
  let residual: Tensor  // (R, C) ∂L/∂(residual stream), transformed in place from block to block
  let output: Tensor  // (R, C) at the output of Wₒ
  let feedForward: Tensor  // (R, C) at the output of W₂
  let qkv: Tensor  // (R, 3C)
  let gates: Tensor  // (R, 2F)
  let activated: Tensor  // (R, F), recomputed

  init(rows: Int, configuration: AnyOrderConfiguration) {
    residual = Tensor(rows, configuration.width)
    output = Tensor(rows, configuration.width)
    feedForward = Tensor(rows, configuration.width)
    qkv = Tensor(rows, 3 * configuration.width)
    gates = Tensor(rows, 2 * configuration.hidden)
    activated = Tensor(rows, configuration.hidden)
  }
}

/// Dropout rates of training mode (spec/class-conditional §1.6).
public struct DropoutRates: Sendable, Equatable {
  /// On content embeddings only, not on the class or position tokens.
  public var token: Float
  public var residual: Float
  public var feedForward: Float

  public init(token: Float, residual: Float, feedForward: Float) {
    self.token = token
    self.residual = residual
    self.feedForward = feedForward
  }
}

/// Whole sequences that one thread carries through a pass: about 256 rows, a number that depends on shapes only.
struct SequenceGroup {
  let index: Int
  let sequences: Range<Int>
  let rows: Range<Int>
  /// Row of the whole batch that row 0 of this pass stands for; keys dropout masks.
  let firstBatchRow: Int
}
