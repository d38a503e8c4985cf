import Kernels
import Layers

/// What one block keeps of a forward pass for its backward pass, in rows R of all sequences together.
///
/// Everything after attention has Q rows: R, or in the last block those that predict.
final class BlockActivations<A: Activation>: Sendable {
  let input: Tensor  // (R, C) the residual stream
  let attentionReciprocalRoot: Tensor  // (R) reciprocal roots of the norm
  let attentionNormed: TensorOf<A>  // (R, C)
  let qkv: TensorOf<A>  // (R, 3I), rotated where there are rotary positions
  let logSumExp: Tensor  // (Q, H)
  let attended: TensorOf<A>  // (Q, I)
  let middle: Tensor  // (Q, C) the residual stream between the halves
  let feedForwardReciprocalRoot: Tensor  // (Q)
  let feedForwardNormed: TensorOf<A>  // (Q, C)
  let gates: TensorOf<A>  // (Q, 2F)

  init(rows: Int, queries: Int, configuration: AnyOrderConfiguration) {
    let width = configuration.width
    input = Tensor(rows, width)
    attentionReciprocalRoot = Tensor(rows)
    attentionNormed = TensorOf(rows, width)
    qkv = TensorOf(rows, 3 * configuration.inner)
    logSumExp = Tensor(queries, configuration.heads)
    attended = TensorOf(queries, configuration.inner)
    middle = Tensor(queries, width)
    feedForwardReciprocalRoot = Tensor(queries)
    feedForwardNormed = TensorOf(queries, width)
    gates = TensorOf(queries, 2 * configuration.hidden)
  }

  /// Bytes of such a set.
  static func bytes(rows: Int, queries: Int, configuration: AnyOrderConfiguration) -> Int {
    let (width, inner, element) = (configuration.width, configuration.inner, MemoryLayout<A>.size)
    return rows * (4 * (width + 1) + element * (width + 3 * inner))
      + queries
      * (4 * (width + 1 + configuration.heads) + element * (width + inner + 2 * configuration.hidden))
  }
}

/// Gradients of a block's intermediate values, shared by all blocks: each is used up before the next block's turn.
final class BlockGradients<A: Activation>: Sendable {
  let residual: Tensor  // (R, C) ∂L/∂(residual stream), transformed in place from block to block
  let predictions: Tensor?  // (Q, C) the same for the rows that predict, behind the last block, if not all do
  let output: TensorOf<A>  // (R, C) at the output of Wₒ
  let feedForward: TensorOf<A>  // (R, C) at the output of W₂
  let qkv: TensorOf<A>  // (R, 3I)
  let gates: TensorOf<A>  // (R, 2F)
  let activated: TensorOf<A>  // (R, F), recomputed

  init(rows: Int, predictions: Int, configuration: AnyOrderConfiguration) {
    residual = Tensor(rows, configuration.width)
    self.predictions =
      configuration.sequence.outputs == .all ? nil : Tensor(predictions, configuration.width)
    output = TensorOf(rows, configuration.width)
    feedForward = TensorOf(rows, configuration.width)
    qkv = TensorOf(rows, 3 * configuration.inner)
    gates = TensorOf(rows, 2 * configuration.hidden)
    activated = TensorOf(rows, configuration.hidden)
  }

  /// ∂L/∂(a block's output), of the rows that went on behind its attention.
  func upstream(_ queries: CausalAttention.Queries) -> Tensor {
    queries == .all ? residual : predictions ?? residual
  }

  /// Bytes of such a set.
  static func bytes(rows: Int, predictions: Int, configuration: AnyOrderConfiguration) -> Int {
    let (width, element) = (configuration.width, MemoryLayout<A>.size)
    let apart = configuration.sequence.outputs == .all ? 0 : predictions
    return 4 * width * (rows + apart)
      + element * rows * (2 * width + 3 * (configuration.inner + configuration.hidden))
  }
}

/// One thread's memory for a group of sequences.
struct PassScratch<A: Activation>: Sendable {
  let branch: Tensor  // (group rows, C)
  let activated: TensorOf<A>  // (group rows, F)
  let attended: TensorOf<A>  // (group rows, I)
  let attention: CausalAttention.Scratch<A>

  init(rows: Int, length: Int, configuration: AnyOrderConfiguration, training: Bool) {
    branch = Tensor(rows, configuration.width)
    activated = TensorOf(rows, configuration.hidden)
    attended = TensorOf(training ? rows : 0, configuration.inner)
    attention = CausalAttention.Scratch(
      length: length, headWidth: configuration.headWidth, training: training)
  }
}

/// Dropout rates of training mode (pipeline/method/transformer.md §7).
public struct DropoutRates: Sendable, Equatable {
  /// On the embeddings of contents only.
  public var token: Float
  /// On what attention adds to the residual stream.
  public var residual: Float
  /// On what the feed-forward layer adds to it; in a model of texts on its activated values.
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
