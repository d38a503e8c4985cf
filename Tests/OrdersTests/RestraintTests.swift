import Foundation
import Kernels
import Layers
import Models
import Orders
import Randomness
import TestSupport
import Testing

/// Rules that leave less to choose, and other measures of certainty.
@Suite struct RestraintTests {
  private static func choose(
    _ rule: LocationRule, _ scores: [Float], free: [Int], count: Int = 1, previous: Int?,
    grid: (height: Int, width: Int) = (4, 4)
  ) -> [Int] {
    var stream = RandomStream(seed: 0, purpose: "test")
    return rule.choose(scores, free: free, count: count, previous: previous, grid: grid, stream: &stream).map
    {
      free[$0]
    }
  }

  @Test func `a frontier grows from what is known`() {
    let rule = LocationRule(restraint: .frontier)
    let all = Array(0..<16)
    let scores = all.map { Float($0 == 15 ? 5 : -$0) }
    #expect(Self.choose(rule, scores, free: all, previous: nil) == [15], "anywhere at first")
    // Beside 15 are 11 and 14; then 7, 10, 14, and so on.
    let free = Array(0..<15)
    let rest = free.map { Float(-$0) }
    #expect(Self.choose(rule, rest, free: free, count: 3, previous: 15) == [11, 7, 3])
    // Neighbours are not across the edge of the grid: 3 and 4 are none.
    let two = [3, 8, 9]
    #expect(
      Self.choose(rule, [9, 1, 2], free: [2, 7, 12], previous: nil, grid: (4, 4)) == [2],
      "2, 7 and 12 all lie beside known ones")
    #expect(Self.choose(rule, [9, 1, 2], free: two, previous: nil) == [3])
    // Of a row of six only 2 is known; 3 and 1 are next to it whatever the others say.
    #expect(
      Self.choose(rule, [9, 1, 2, 9, 9], free: [0, 1, 3, 4, 5], count: 5, previous: 2, grid: (1, 6))
        == [3, 4, 5, 1, 0])
  }

  @Test func `an anchor is left where more than its price is gained`() {
    func rule(_ price: Double) -> LocationRule {
      LocationRule(restraint: .anchor(order: Array((0..<16).reversed()), price: price))
    }
    let free = [1, 4, 9]
    let scores: [Float] = [-1, -0.5, -1.5]
    #expect(Self.choose(rule(0), scores, free: free, previous: 3) == [4], "no price: the rule itself")
    #expect(Self.choose(rule(0.99), scores, free: free, previous: 3) == [4])
    #expect(Self.choose(rule(1.01), scores, free: free, previous: 3) == [9], "next in the order")
    #expect(Self.choose(rule(1.01), scores, free: free, count: 3, previous: 3) == [9, 4, 1])
    #expect(Self.choose(rule(0.4), [-1, -0.5, -1], free: free, count: 3, previous: 3) == [4, 9, 1])
  }

  @Test func `blocks are chosen by their mean and filled row by row`() {
    let rule = LocationRule(restraint: .blocks(height: 2, width: 2))
    let all = Array(0..<16)
    // The best single location is 15; the best block on average is that of 8, 9, 12, 13.
    var scores = [Float](repeating: -3, count: 16)
    scores[15] = 0
    for location in [8, 9, 12, 13] { scores[location] = -1 }
    #expect(Self.choose(rule, scores, free: all, count: 6, previous: nil) == [8, 9, 12, 13, 10, 11])
    let free = [0, 1, 13, 14]
    #expect(Self.choose(rule, [0, 0, -9, 0], free: free, previous: 12) == [13], "a block is not left")
    #expect(rule.forced(free: free, previous: 12, grid: (4, 4)) == 2)
    #expect(rule.forced(free: free, previous: 7, grid: (4, 4)) == nil)
    #expect(rule.forced(free: free, previous: nil, grid: (4, 4)) == nil)
    // Blocks at the edge of a grid that they do not divide are smaller: 2 rows by 3 columns of 3×4.
    let uneven = LocationRule(restraint: .blocks(height: 2, width: 3))
    var order: [Int] = []
    var left = Array(0..<12)
    while !left.isEmpty {
      let next = Self.choose(
        uneven, left.map { Float($0) }, free: left, previous: order.last, grid: (3, 4))[0]
      order.append(next)
      left.removeAll { $0 == next }
    }
    #expect(order == [11, 8, 9, 10, 3, 7, 0, 1, 2, 4, 5, 6])
  }

  @Test func `a block wider than the grid is its whole row`() {
    let all = Array(0..<16)
    let scores = all.map { Float([3, 0, 2, 1][$0 / 4]) - Float($0 % 4) / 8 }
    for width in [4, 5, 64] {
      let rule = LocationRule(restraint: .blocks(height: 1, width: width))
      #expect(
        Self.choose(rule, scores, free: all, count: 16, previous: nil)
          == [0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 4, 5, 6, 7], "\(width)")
      #expect(rule.forced(free: [5, 9], previous: 4, grid: (4, 4)) == 0, "\(width)")
      #expect(rule.forced(free: [5, 9], previous: 3, grid: (4, 4)) == nil, "\(width)")
    }
  }

  @Test func `certainty is confidence, negative entropy or margin`() {
    let rows: [[Double]] = [[1, 2, 3, 4.5, -2], [0, 0, 0, 0, 0], [30, 1, 2, 3, 29.5], [-4, 90, 3, 2, 1]]
    for row in rows {
      let p = NaiveModel.softmax(row)
      let ranked = p.sorted(by: >)
      let expected: [Certainty: Double] = [
        .confidence: log(ranked[0]), .entropy: p.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) },
        .margin: row.sorted(by: >)[0] - row.sorted(by: >)[1],
      ]
      for certainty in Certainty.allCases {
        var (score, best) = ([Float(0)], [Int32(0)])
        certainty.score(row.map { Float($0) }, into: &score, best: &best, rows: 1, columns: 5)
        #expect(abs(Double(score[0]) - (expected[certainty] ?? 0)) < 1e-5, "\(certainty) of \(row)")
      }
    }
    // Many columns, in vectors and a rest, against the same in double precision.
    let wide = (0..<3 * 77).map { Float(sin(Double($0) * 1.7) * 4) }
    for certainty in Certainty.allCases {
      var (score, best) = ([Float](repeating: 0, count: 3), [Int32](repeating: 0, count: 3))
      certainty.score(wide, into: &score, best: &best, rows: 3, columns: 77)
      for row in 0..<3 {
        let values = wide[row * 77..<(row + 1) * 77].map(Double.init)
        let p = NaiveModel.softmax(values)
        let sorted = values.sorted(by: >)
        let expected: Double =
          switch certainty {
          case .confidence: log(p.max() ?? 0)
          case .entropy: p.reduce(0) { $0 + $1 * log($1) }
          case .margin: sorted[0] - sorted[1]
          }
        #expect(abs(Double(score[row]) - expected) < 1e-4, "\(certainty) of row \(row)")
      }
    }
  }

  /// Rules with what they choose of probabilities, without the code under test.
  struct Naive: Sendable, CustomTestStringConvertible {
    let name: String
    let rule: LocationRule
    let score: @Sendable ([Double]) -> Double
    /// Which of the free locations may be taken by their scores, given those placed.
    let allowed: @Sendable (_ free: [Int], _ placed: [Int], _ scores: [Double]) -> [Int]
    var testDescription: String { name }
  }

  static let confidence: @Sendable ([Double]) -> Double = { log($0.max() ?? 0) }
  static let naive: [Naive] = [
    Naive(name: "entropy", rule: LocationRule(certainty: .entropy)) {
      $0.reduce(0) { $0 + $1 * log($1) }
    } allowed: { free, _, _ in
      free
    },
    Naive(name: "margin", rule: LocationRule(certainty: .margin)) {
      let sorted = $0.sorted(by: >)
      return log(sorted[0]) - log(sorted[1])
    } allowed: { free, _, _ in
      free
    },
    Naive(name: "frontier", rule: LocationRule(restraint: .frontier), score: confidence) { free, placed, _ in
      let near = free.filter { location in
        placed.contains { abs($0 / 4 - location / 4) + abs($0 % 4 - location % 4) == 1 }
      }
      return near.isEmpty ? free : near
    },
    Naive(
      name: "anchor", rule: LocationRule(restraint: .anchor(order: Array(0..<16), price: 0.2)),
      score: confidence
    ) { free, _, scores in
      (scores.max() ?? 0) - scores[0] > 0.2 ? free : [free[0]]
    },
    Naive(
      name: "rows", rule: LocationRule(restraint: .blocks(height: 1, width: 4)), score: confidence
    ) { free, placed, scores in
      let begun = free.filter { $0 / 4 == (placed.last ?? -4) / 4 && !placed.isEmpty }
      if let next = begun.first { return [next] }
      let means = Dictionary(grouping: free.indices, by: { free[$0] / 4 }).mapValues { members in
        members.reduce(0) { $0 + scores[$1] } / Double(members.count)
      }
      let best = means.max { ($0.value, -$0.key) < ($1.value, -$1.key) }?.key
      return [free.first { $0 / 4 == best } ?? 0]
    },
  ]

  @Test(arguments: naive) func `orders by a rule are those of whole passes`(naive: Naive) throws {
    let model = try NaiveModel()
    let images = (0..<5).map { image in (0..<16).map { (image * 7 + $0 * $0 * 3) % 32 } }
    let labels = [0, 3, 9, 3, 1]
    let found = GreedyOrderExtractor(model: model.model, rule: naive.rule, batch: 5).extract(
      tokens: images, conditions: labels.map(Condition.label))
    let plain = GreedyOrderExtractor(model: model.model, batch: 5).extract(
      tokens: images, conditions: labels.map(Condition.label))
    #expect(found.map(\.order) != plain.map(\.order), "the rule makes a difference here")
    for (image, label) in zip(images.indices, labels) {
      var placed: [Int] = []
      while placed.count < 16 {
        let free = (0..<16).filter { !placed.contains($0) }
        let rows = free.map {
          NaiveModel.softmax(model.logits(label, history: placed, tokens: images[image], next: $0))
        }
        let scores = rows.map(naive.score)
        let allowed = naive.allowed(free, placed, scores)
        let best = allowed.max { a, b in
          let (first, second) = (scores[free.firstIndex(of: a) ?? 0], scores[free.firstIndex(of: b) ?? 0])
          return (first, b) < (second, a)
        }
        let chosen = best ?? 0
        #expect(found[image].order[placed.count] == chosen, "\(naive.name), image \(image)")
        let confidence = rows[free.firstIndex(of: chosen) ?? 0].max() ?? 0
        #expect(abs(Double(found[image].confidence[placed.count]) - confidence) < 1e-5)
        placed.append(chosen)
      }
    }
    // A part of the images alone, in other batches, and with other threads.
    let alone = GreedyOrderExtractor(model: model.model, rule: naive.rule, batch: 1).extract(
      tokens: [images[2]], conditions: [.label(labels[2])])
    #expect(alone[0].order == found[2].order)
  }
}
