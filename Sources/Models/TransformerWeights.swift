import Kernels
import Layers

/// One block's weights in the form that products of a precision read.
struct BlockWeights<A: Activation>: Sendable {
  let qkv: A.Weights
  let output: A.Weights
  /// The projection behind attention as `output` has it, its layer scale folded in.
  let projection: FoldedProjection
  let feedForward: FeedForward.Weights<A>

  init(_ block: TransformerBlock, backward: Bool) {
    qkv = A.Weights([block.qkv.weight.value], backward: backward)
    projection = FoldedProjection(block.output)
    output = A.Weights([projection.linear.weight.value], backward: backward)
    feedForward = FeedForward.Weights(block.feedForward, backward: backward)
  }

  var projections: [FoldedProjection] { [projection, feedForward.projection] }
  var all: [A.Weights] { [qkv, output, feedForward.factors, feedForward.down] }

  /// Carries the gradients of folded projections to their parameters.
  func unfoldGradients() {
    let projections = projections
    Parallel.forEach(projections.count) { projections[$0].unfoldGradients() }
  }
}

/// A model's weights in the form that products of a precision read; copies that `refresh` renews.
final class TransformerWeights<A: Activation>: Sendable {
  let blocks: [BlockWeights<A>]
  let head: A.Weights
  /// Of the head that predicts texts.
  let textHead: A.Weights?
  private let all: [A.Weights]

  /// - Parameter texts: whether texts are predicted as well.
  init(_ model: AnyOrderTransformer, backward: Bool, texts: Bool) {
    blocks = model.blocks.map { BlockWeights($0, backward: backward) }
    head = A.Weights([model.head.weight.value], backward: backward)
    textHead = !texts ? nil : model.textHead.map { A.Weights([$0.weight.value], backward: backward) }
    all = blocks.flatMap(\.all) + [head] + (textHead.map { [$0] } ?? [])
  }

  /// Takes the model's present values over, on all threads.
  func refresh() {
    let projections = blocks.flatMap(\.projections)
    Parallel.forEach(projections.count) { projections[$0].fold() }
    Parallel.forEach(all.count) { all[$0].refresh() }
  }
}
