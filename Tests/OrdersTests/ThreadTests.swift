import Kernels
import Models
import Orders
import TestSupport
import Testing

/// Orders do not depend on the number of threads.
@Suite(.serialized) struct ThreadTests {
  private static let model: AnyOrderTransformer = {
    let model = AnyOrderTransformer(
      configuration: AnyOrderConfiguration(
        width: 48, layers: 4, heads: 3, hidden: 96, codes: 50, classes: 5, gridHeight: 4, gridWidth: 4))
    model.initialise(seed: 8)
    for index in 0..<model.head.weight.value.count {
      model.head.weight.value[index] = Float(index * 7919 % 1003) / 2000 - 0.25
    }
    return model
  }()

  @Test(arguments: Precision.tested)
  func `extracted orders are the same for any number of threads`(precision: Precision) {
    let tokens = (0..<48).map { image in (0..<16).map { ($0 * 31 + image * 17) % 50 } }
    let (alone, others) = ThreadCounts.results(attempts: 3) {
      GreedyOrderExtractor(model: Self.model, batch: 48, precision: precision).extract(
        tokens: tokens, labels: (0..<48).map { $0 % 5 })
    }
    for other in others { Issue.record("\(other.threads) threads give other orders") }
    #expect(Set(alone.map(\.order)).count > 10, "images have orders of their own")
  }
}
