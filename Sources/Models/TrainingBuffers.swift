import Kernels
import Layers

/// What one block keeps of a forward pass for its backward pass, in rows R of all sequences together.
///
/// Everything after attention has Q rows: R, or in the last block those that predict.
final class BlockActivations<A: Activation>: Sendable {
  let input: Tensor  // (R, C) the residual stream
  let attentionReciprocalRoot: Tensor  // (R) reciprocal roots of the norm
  let attentionNormed: TensorOf<A>  // (R, C)
  let qkv: TensorOf<A>  // (R, 3C), rotated
  let logSumExp: Tensor  // (Q, H)
  let attended: TensorOf<A>  // (Q, C)
  let middle: Tensor  // (Q, C) the residual stream between the halves
  let feedForwardReciprocalRoot: Tensor  // (Q)
  let feedForwardNormed: TensorOf<A>  // (Q, C)
  let gates: TensorOf<A>  // (Q, 2F)

  init(rows: Int, queries: Int, configuration: AnyOrderConfiguration) {
    let width = configuration.width
    input = Tensor(rows, width)
    attentionReciprocalRoot = Tensor(rows)
    attentionNormed = TensorOf(rows, width)
    qkv = TensorOf(rows, 3 * width)
    logSumExp = Tensor(queries, configuration.heads)
    attended = TensorOf(queries, width)
    middle = Tensor(queries, width)
    feedForwardReciprocalRoot = Tensor(queries)
    feedForwardNormed = TensorOf(queries, width)
    gates = TensorOf(queries, 2 * configuration.hidden)
  }

  /// Bytes of such a set.
  static func bytes(rows: Int, queries: Int, configuration: AnyOrderConfiguration) -> Int {
    let (width, element) = (configuration.width, MemoryLayout<A>.size)
    return rows * (4 * (width + 1) + element * 4 * width)
      + queries * (4 * (width + 1 + configuration.heads) + element * 2 * (width + configuration.hidden))
  }
}

/// Gradients of a block's intermediate values, shared by all blocks: each is used up before the next block's turn.
final class BlockGradients<A: Activation>: Sendable {
  let residual: Tensor  // (R, C) ∂L/∂(residual stream), transformed in place from block to block
  let predictions: Tensor  // (Q, C) the same for the rows that predict, behind the last block
  let output: TensorOf<A>  // (R, C) at the output of Wₒ
  let feedForward: TensorOf<A>  // (R, C) at the output of W₂
  let qkv: TensorOf<A>  // (R, 3C)
  let gates: TensorOf<A>  // (R, 2F)
  let activated: TensorOf<A>  // (R, F), recomputed

  init(rows: Int, predictions: Int, configuration: AnyOrderConfiguration) {
    residual = Tensor(rows, configuration.width)
    self.predictions = Tensor(predictions, configuration.width)
    output = TensorOf(rows, configuration.width)
    feedForward = TensorOf(rows, configuration.width)
    qkv = TensorOf(rows, 3 * configuration.width)
    gates = TensorOf(rows, 2 * configuration.hidden)
    activated = TensorOf(rows, configuration.hidden)
  }

  /// ∂L/∂(a block's output), of the rows that went on behind its attention.
  func upstream(_ queries: CausalAttention.Queries) -> Tensor { queries == .all ? residual : predictions }

  /// Bytes of such a set.
  static func bytes(rows: Int, predictions: Int, configuration: AnyOrderConfiguration) -> Int {
    let (width, element) = (configuration.width, MemoryLayout<A>.size)
    return 4 * width * (rows + predictions) + element * rows * (5 * width + 3 * configuration.hidden)
  }
}

/// One thread's memory for a group of sequences.
struct PassScratch<A: Activation>: Sendable {
  let branch: Tensor  // (group rows, C)
  let activated: TensorOf<A>  // (group rows, F)
  let attended: TensorOf<A>  // (group rows, C)
  let attention: CausalAttention.Scratch<A>

  init(rows: Int, length: Int, configuration: AnyOrderConfiguration, training: Bool) {
    branch = Tensor(rows, configuration.width)
    activated = TensorOf(rows, configuration.hidden)
    attended = TensorOf(training ? rows : 0, configuration.width)
    attention = CausalAttention.Scratch(
      length: length, headWidth: configuration.headWidth, training: training)
  }
}

/// Dropout rates of training mode (pipeline/method/transformer.md §7).
public struct DropoutRates: Sendable, Equatable {
  /// On the embeddings of contents only.
  public var token: Float
  public var residual: Float
  public var feedForward: Float

  public init(token: Float, residual: Float, feedForward: Float) {
    self.token = token
    self.residual = residual
    self.feedForward = feedForward
  }
}

/// Whole sequences that one thread carries through a pass: about `groupRows`, a number that depends on
/// shapes and precision only.
struct SequenceGroup: Sendable {
  let index: Int
  let sequences: Range<Int>
  let length: Int
  /// Row of the whole batch that row 0 of this pass stands for; keys dropout masks.
  let firstBatchRow: Int

  /// The same sequences in buffers that hold nothing else.
  var alone: SequenceGroup {
    SequenceGroup(
      index: 0, sequences: 0..<sequences.count, length: length,
      firstBatchRow: firstBatchRow + rows.lowerBound)
  }

  var rows: Range<Int> { sequences.lowerBound * length..<sequences.upperBound * length }

  /// The rows that go on after attention, counted among themselves, and what keys their dropout masks.
  func rows(_ queries: CausalAttention.Queries) -> (rows: Range<Int>, firstBatchRow: Int) {
    let each = queries.count(of: length)
    return (sequences.lowerBound * each..<sequences.upperBound * each, firstBatchRow / length * each)
  }
}
