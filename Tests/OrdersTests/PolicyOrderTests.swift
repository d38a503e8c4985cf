import Foundation
import Kernels
import Models
import Orders
import TestSupport
import Testing

/// Orders by a learned policy against ordinary passes of it.
@Suite struct PolicyOrderTests {
  private static let policy = SmallPolicy.model
  private static let count = 16

  private static func images(_ count: Int) -> (tokens: [[Int]], conditions: [Condition]) {
    (
      (0..<count).map { image in (0..<16).map { (image * 13 + $0 * $0 * 3) % 50 } },
      (0..<count).map { $0 % 6 == 5 ? .unconditional : .label($0 % 6) }
    )
  }

  /// The order that whole sequences give, one pass a step: whatever stands behind a step has no part in it.
  private static func order(_ tokens: [Int], _ condition: Condition) -> (order: [Int], confidence: [Float]) {
    let pass = AnyOrderPass(model: policy, training: false)
    var (order, confidence): ([Int], [Float]) = ([], [])
    var free = Array(0..<count)
    for step in 0..<count {
      let logits = pass.logits(
        of: AnyOrderBatch(tokens: tokens, conditions: [condition], orders: order + free))
      let row = free.map { logits[step * count + $0] }
      let top = row.max() ?? 0
      let best = row.firstIndex(of: top) ?? 0
      confidence.append(1 / row.reduce(0) { $0 + exp($1 - top) })
      order.append(free.remove(at: best))
    }
    return (order, confidence)
  }

  @Test func `an order is what whole passes find likeliest, step by step`() {
    let (tokens, conditions) = Self.images(7)
    let found = PolicyOrderExtractor(policy: Self.policy, batch: 7).extract(
      tokens: tokens, conditions: conditions)
    for image in 0..<7 {
      let expected = Self.order(tokens[image], conditions[image])
      #expect(found[image].order == expected.order)
      expectAgreement(
        "a policy's confidences", found[image].confidence, expected.confidence, within: 1e-5)
    }
    #expect(Set(found.map(\.order)).count > 4, "orders differ from image to image")
  }

  @Test(arguments: Precision.tested)
  func `neither other images, nor their number, nor threads change a bit`(precision: Precision) {
    let (tokens, conditions) = Self.images(33)
    let extractor = PolicyOrderExtractor(policy: Self.policy, batch: 33, precision: precision)
    let (together, others) = ThreadCounts.results(attempts: 2) {
      extractor.extract(tokens: tokens, conditions: conditions)
    }
    #expect(others.isEmpty)
    let single = PolicyOrderExtractor(policy: Self.policy, batch: 1, precision: precision)
    for image in [0, 5, 32] {
      #expect(
        single.extract(tokens: [tokens[image]], conditions: [conditions[image]])[0] == together[image])
    }
  }

  @Test func `a part of an image is ordered as if nothing else were there`() {
    let (tokens, conditions) = Self.images(3)
    let among = [[15, 2, 7], [0, 1, 2], [9, 4, 13]]
    let found = PolicyOrderExtractor(policy: Self.policy, batch: 3).orders(
      tokens: tokens, conditions: conditions, among: among)
    for image in 0..<3 {
      #expect(found[image].sorted() == among[image].sorted())
      let learned = LearnedPolicy(Self.policy, images: 1)
      learned.start(0, conditions[image])
      var (free, last): ([Int], [PlacedToken]) = (among[image].sorted(), [])
      for location in found[image] {
        let scores = learned.logProbabilities(0..<1, placed: [last], free: [free])[0]
        #expect(scores.firstIndex(of: scores.max() ?? 0) == free.firstIndex(of: location))
        free.removeAll { $0 == location }
        last = [PlacedToken(location: location, code: tokens[image][location])]
      }
    }
  }

  @Test func `probabilities are those among the free locations alone`() {
    let learned = LearnedPolicy(Self.policy, images: 2)
    learned.start(0, .label(1))
    learned.start(1, .unconditional)
    let free = [[3, 7, 9], [0, 1, 2]]
    let placed = [[PlacedToken(location: 2, code: 4)], [PlacedToken(location: 9, code: 49)]]
    let found = learned.logProbabilities(0..<2, placed: placed, free: free)
    for row in found {
      #expect(row.count == 3 && abs(row.reduce(0) { $0 + exp($1) } - 1) < 1e-6)
    }
    #expect(found[0] != found[1])
  }
}
