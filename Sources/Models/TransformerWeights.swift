import Kernels
import Layers

/// One block's weights in the form that products of a precision read.
struct BlockWeights<A: Activation>: Sendable {
  let qkv: A.Weights
  let output: A.Weights
  /// The projection behind attention as `output` has it, its layer scale folded in.
  let projection: FoldedProjection
  let feedForward: FeedForward.Weights<A>
  /// The projections that have a layer scale to fold: none in a model of classes.
  let scaled: [FoldedProjection]

  init(_ block: TransformerBlock, backward: Bool) {
    qkv = A.Weights([block.qkv.weight.value], backward: backward)
    projection = FoldedProjection(block.output)
    output = A.Weights([projection.linear.weight.value], backward: backward)
    feedForward = FeedForward.Weights(block.feedForward, backward: backward)
    scaled = [projection, feedForward.projection].filter(\.isScaled)
  }

  var all: [A.Weights] { [qkv, output, feedForward.factors, feedForward.down] }

  /// Carries the gradients of folded projections to their parameters.
  func unfoldGradients() {
    Parallel.forEach(scaled.count) { scaled[$0].unfoldGradients() }
  }
}

/// A model's weights in the form that products of a precision read; copies that `refresh` renews.
final class TransformerWeights<A: Activation>: Sendable {
  let blocks: [BlockWeights<A>]
  let head: A.Weights
  /// Of the head that predicts texts.
  let textHead: A.Weights?
  private let all: [A.Weights]
  private let scaled: [FoldedProjection]

  /// - Parameter texts: whether texts are predicted as well.
  init(_ model: AnyOrderTransformer, backward: Bool, texts: Bool) {
    blocks = model.blocks.map { BlockWeights($0, backward: backward) }
    head = A.Weights([model.head.weight.value], backward: backward)
    textHead = !texts ? nil : model.textHead.map { A.Weights([$0.weight.value], backward: backward) }
    scaled = blocks.flatMap(\.scaled)
    all = blocks.flatMap(\.all) + [head] + (textHead.map { [$0] } ?? [])
  }

  /// Takes the model's present values over, on all threads.
  func refresh() {
    Parallel.forEach(scaled.count) { scaled[$0].fold() }
    Parallel.forEach(all.count) { all[$0].refresh() }
  }
}
