import Kernels
import Layers

/// One block's weights in the form that products of a precision read.
struct BlockWeights<A: Activation>: Sendable {
  let qkv: A.Weights
  let output: A.Weights
  let feedForward: FeedForward.Weights<A>

  init(_ block: TransformerBlock, backward: Bool) {
    qkv = A.Weights([block.qkv.weight.value], backward: backward)
    output = A.Weights([block.output.weight.value], backward: backward)
    feedForward = FeedForward.Weights(block.feedForward, backward: backward)
  }

  var all: [A.Weights] { [qkv, output, feedForward.gateUp, feedForward.down] }
}

/// A model's weights in the form that products of a precision read; copies that `refresh` renews.
final class TransformerWeights<A: Activation>: Sendable {
  let blocks: [BlockWeights<A>]
  let head: A.Weights
  private let all: [A.Weights]

  init(_ model: AnyOrderTransformer, backward: Bool) {
    blocks = model.blocks.map { BlockWeights($0, backward: backward) }
    head = A.Weights([model.head.weight.value], backward: backward)
    all = blocks.flatMap(\.all) + [head]
  }

  /// Takes the model's present values over, on all threads.
  func refresh() {
    Parallel.forEach(all.count) { all[$0].refresh() }
  }
}
