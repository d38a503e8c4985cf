import Kernels
import Models
import Orders
import TestSupport
import Testing

/// Orders do not depend on the number of threads.
@Suite(.serialized) struct ThreadTests {
  @Test(arguments: Precision.tested)
  func `extracted orders are the same for any number of threads`(precision: Precision) {
    let tokens = (0..<48).map { image in (0..<16).map { ($0 * 31 + image * 17) % 50 } }
    let (alone, others) = ThreadCounts.results(attempts: 3) {
      GreedyOrderExtractor(model: FourBlockModel.model, batch: 48, precision: precision).extract(
        tokens: tokens, conditions: (0..<48).map { .label($0 % 5) })
    }
    for other in others { Issue.record("\(other.threads) threads give other orders") }
    #expect(Set(alone.map(\.order)).count > 10, "images have orders of their own")
  }
}
