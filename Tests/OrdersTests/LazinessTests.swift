import Foundation
import Models
import Orders
import TestSupport
import Testing

@Suite struct LazinessTests {
  /// 4x4 tokens; the images are not the fixture's own, so that orders differ.
  private static let tokens = (0..<20).map { image in (0..<16).map { (image * 7 + $0 * $0 * 3) % 32 } }
  private static let labels = (0..<20).map { $0 % 10 }
  private static let conditions = labels.map(Condition.label)

  private func extractor(batch: Int = 20) throws -> GreedyOrderExtractor {
    GreedyOrderExtractor(model: try RandARFixture.model(FixtureFile(named: "randar-a")), batch: batch)
  }

  @Test(arguments: [Laziness(refresh: 1, candidates: 1), Laziness(refresh: 8, candidates: 16)])
  func `a refresh at every step and candidates for all locations are exact`(laziness: Laziness) throws {
    let extractor = try extractor()
    let exact = extractor.extract(tokens: Self.tokens, conditions: Self.conditions)
    #expect(extractor.extract(tokens: Self.tokens, conditions: Self.conditions, laziness: laziness) == exact)
    #expect(laziness.isExact(locations: 16) && laziness.queries(locations: 16) == 136)
  }

  @Test(arguments: [(3, 2), (8, 4), (20, 1), (5, 15)])
  func `lazy extraction follows its rule, told again with full passes`(refresh: Int, candidates: Int) throws {
    let model = try RandARFixture.model(FixtureFile(named: "randar-a"))
    let lazy = GreedyOrderExtractor(model: model, batch: 3).extract(
      tokens: Array(Self.tokens[..<3]), conditions: Array(Self.conditions[..<3]),
      laziness: Laziness(refresh: refresh, candidates: candidates))
    for image in 0..<3 {
      let naive = NaiveLazyOrder(
        model: model, tokens: Self.tokens[image], label: Self.labels[image], refresh: refresh,
        candidates: candidates)
      #expect(lazy[image].order == naive.order, "image \(image)")
      #expect(largestDifference(lazy[image].confidence, naive.confidence) < 1e-5)
    }
  }

  @Test func `as many locations are asked as the setting says, all of them at refreshes`() throws {
    let laziness = Laziness(refresh: 5, candidates: 3)
    var asked = [Int](repeating: 0, count: 20)
    _ = try extractor().extract(tokens: Self.tokens, conditions: Self.conditions, laziness: laziness) {
      step, image, locations, scores in
      #expect(locations.count == (step % 5 == 0 ? 16 - step : min(3, 16 - step)))
      #expect(locations == locations.sorted() && Set(locations).count == scores.count)
      asked[image] += locations.count
    }
    #expect(asked == [Int](repeating: laziness.queries(locations: 16), count: 20))
    #expect(laziness.queries(locations: 16) == 16 + 11 + 6 + 1 + 11 * 3 + 2)
  }

  @Test func `lazy results do not depend on the batch`() throws {
    let laziness = Laziness(refresh: 4, candidates: 3)
    let together = try extractor().extract(
      tokens: Self.tokens, conditions: Self.conditions, laziness: laziness)
    let single = try extractor(batch: 1)
    for image in 0..<20 {
      let alone = single.extract(
        tokens: [Self.tokens[image]], conditions: [.label(Self.labels[image])], laziness: laziness)
      #expect(alone[0].order == together[image].order, "image \(image)")
      #expect(largestDifference(alone[0].confidence, together[image].confidence) < 1e-5)
    }
  }

  @Test func `an audit leaves the orders as they are and sees every departure from the exact rule`() throws {
    let extractor = try extractor()
    let laziness = Laziness(refresh: 8, candidates: 1)
    let lazy = extractor.extract(tokens: Self.tokens, conditions: Self.conditions, laziness: laziness)
    let exact = extractor.extract(tokens: Self.tokens, conditions: Self.conditions)
    let audit = extractor.extract(
      tokens: Self.tokens, conditions: Self.conditions, laziness: laziness, audited: true)
    #expect(audit.map(\.order) == lazy.map(\.order))
    for image in 0..<20 {
      #expect(largestDifference(audit[image].confidence, lazy[image].confidence) < 1e-5)
      let firstDeparture = zip(lazy[image].order, exact[image].order).enumerated().first { $1.0 != $1.1 }
      #expect(audit[image].isExactChoice.firstIndex(of: false) == firstDeparture?.offset)
    }
    #expect(audit.contains { $0.isExactChoice.contains(false) }, "the setting is too exact for this test")
    let same = extractor.extract(tokens: Self.tokens, conditions: Self.conditions, audited: true)
    #expect(same.allSatisfy { $0.isExactChoice == [Bool](repeating: true, count: 16) })
  }

  @Test func `likelihood along a lazy order equals one teacher-forced pass`() throws {
    let model = try RandARFixture.model(FixtureFile(named: "randar-a"))
    let results = GreedyOrderExtractor(model: model, batch: 20).extract(
      tokens: Self.tokens, conditions: Self.conditions, laziness: Laziness(refresh: 6, candidates: 2))
    let losses = AnyOrderPass(model: model, training: false).losses(
      of: AnyOrderBatch(
        tokens: Self.tokens.flatMap { $0 }, labels: Self.labels,
        orders: results.flatMap(\.order)))
    #expect(largestDifference(results.flatMap(\.logLikelihood), losses.map { -$0 }) < 1e-4)
  }
}

/// The lazy rule in its plainest form, every score from a full pass of its own.
private struct NaiveLazyOrder {
  var order: [Int] = []
  var confidence: [Float] = []

  init(model: AnyOrderTransformer, tokens: [Int], label: Int, refresh: Int, candidates: Int) {
    let pass = AnyOrderPass(model: model, training: false)
    var lastScore: [Int: Float] = [:]
    while order.count < tokens.count {
      let free = (0..<tokens.count).filter { !order.contains($0) }
      let byScore = free.sorted { (lastScore[$0] ?? 0, -$0) > (lastScore[$1] ?? 0, -$1) }
      let asked = order.count % refresh == 0 ? free : Array(byScore.prefix(candidates))
      for location in asked {
        let continuation = order + [location] + free.filter { $0 != location }
        let logits = pass.logits(
          of: AnyOrderBatch(
            tokens: tokens, labels: [label], orders: continuation))
        let codes = model.configuration.codes
        let row = logits[order.count * codes..<(order.count + 1) * codes]
        let top = row.max() ?? 0
        lastScore[location] = 1 / row.reduce(0) { $0 + exp($1 - top) }
      }
      let best = asked.sorted().reduce(asked.min() ?? 0) {
        (lastScore[$1] ?? 0) > (lastScore[$0] ?? 0) ? $1 : $0
      }
      order.append(best)
      confidence.append(lastScore[best] ?? 0)
    }
  }
}

@Suite struct OrderAgreementTests {
  @Test func `equal and reversed orders are the ends of Kendall's tau`() {
    let order = [3, 1, 4, 0, 2]
    #expect(OrderAgreement.kendallTau(order, order) == 1)
    #expect(OrderAgreement.kendallTau(order, order.reversed()) == -1)
    #expect(OrderAgreement.kendallTau([0], [0]) == 1)
    #expect(OrderAgreement.equalSteps(order, order) == 1)
    #expect(OrderAgreement.equalSteps(order, order.reversed()) == 0.2, "the middle stays where it is")
  }

  @Test func `tau equals the count over all pairs`() {
    for image in 0..<20 as Range<UInt64> {
      let length = 2 + Int(image) * 3
      let first = GenerationOrder.random(length, seed: 1, purpose: "first", image)
      let second = GenerationOrder.random(length, seed: 1, purpose: "second", image)
      var sum = 0
      for a in 0..<length {
        for b in 0..<a {
          let one = (first.firstIndex(of: a) ?? 0) < (first.firstIndex(of: b) ?? 0)
          let other = (second.firstIndex(of: a) ?? 0) < (second.firstIndex(of: b) ?? 0)
          sum += one == other ? 1 : -1
        }
      }
      let expected = Double(sum) / Double(length * (length - 1) / 2)
      #expect(abs(OrderAgreement.kendallTau(first, second) - expected) < 1e-12)
    }
  }
}
