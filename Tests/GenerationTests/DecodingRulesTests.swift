import Foundation
import Generation
import Models
import Orders
import Randomness
import TestSupport
import Testing

/// Decoding beyond one greedy token a step: each rule against a naive restatement of its formula.
@Suite struct DecodingRulesTests {
  private static let mostLikely = TokenSampler(temperature: 0)

  private func generate(_ settings: GenerationSettings, _ requests: [GenerationRequest]) throws
    -> [GeneratedTokens]
  {
    let model = try RandARFixture.model(try FixtureFile(named: "randar-a"))
    return ImageGenerator(model: model, settings: settings, batch: requests.count).generate(requests)
  }

  // MARK: schedules

  @Test(arguments: 0...16) func `a schedule goes on from what is known`(steps: Int) {
    let whole = DecodingSchedule.tokensPerStep(locations: 16, steps: steps)
    let totals = whole.indices.map { whole[...$0].reduce(0, +) }
    for known in 0...16 {
      var (expected, done) = ([Int](), known)
      for total in totals where total > done {
        expected.append(total - done)
        done = total
      }
      #expect(DecodingSchedule.tokensPerStep(locations: 16, steps: steps, placed: known) == expected)
      #expect(expected.reduce(0, +) == 16 - known)
    }
  }

  @Test(arguments: 1...16) func `every cell is filled once with any number of steps`(steps: Int) throws {
    let known = KnownTokens(order: [3, 9, 4], codes: [1, 2, 31])
    let order = GenerationOrder.random(16, seed: 1, purpose: "test", 1)
    for (joint, given, attention) in [
      (0, nil, .independent), (0, order, .independent), (0, order, .causal), (0.1, nil, .independent),
    ] as [(Double, [Int]?, GenerationSettings.ParallelAttention)] {
      let settings = GenerationSettings(
        sampler: TokenSampler(), guidanceEnd: 2, locationScore: .guided, steps: steps,
        parallelAttention: attention, jointShare: joint)
      for known in [.none, known] {
        let made = try generate(
          settings, [GenerationRequest(condition: .label(3), order: given, image: 1, seed: 2, known: known)])[
            0]
        #expect(made.order.sorted() == Array(0..<16) && made.confidence.count == 16)
        #expect(made.tokens.allSatisfy { (0..<32).contains($0) })
        #expect(Array(made.order.prefix(known.count)) == known.order)
        #expect(zip(known.order, known.codes).allSatisfy { made.tokens[$0] == $1 })
      }
    }
  }

  @Test func `guidance rises by the schedule's formula`() {
    func scale(_ shape: GenerationSettings.GuidanceShape, _ placed: Int, from start: Float = 1) -> Double {
      Double(
        GenerationSettings(
          sampler: TokenSampler(), guidanceStart: start, guidanceEnd: 4, guidanceShape: shape
        ).guidance(placed: placed, of: 20))
    }
    for placed in 0...20 {
      let t = Double(placed) / 20
      #expect(abs(scale(.linear, placed) - (1 + 3 * t)) < 1e-5)
      #expect(abs(scale(.power(2.5), placed) - (1 + 3 * pow(t, 2.5))) < 1e-5)
      #expect(abs(scale(.cosine(1), placed) - (1 + 1.5 * (1 - cos(Double.pi * t)))) < 1e-5)
      #expect(abs(scale(.cosine(0.5), placed) - (1 + 1.5 * (1 - cos(Double.pi * t.squareRoot())))) < 1e-5)
      #expect(scale(.cosine(2), placed, from: 4) == 4)
    }
  }

  // MARK: equation (6)

  private func distance(_ a: Int, _ b: Int) -> Double {
    hypot(Double(a / 4 - b / 4), Double(a % 4 - b % 4)) / hypot(3, 3)
  }

  @Test(arguments: [(0.3, LocationRule.Measure.probability), (0.7, .probability), (2, .logOdds)])
  func `generation with a distance penalty equals the naive method`(
    weight: Double, measure: LocationRule.Measure
  ) throws {
    let naive = try NaiveModel()
    let settings = GenerationSettings(
      sampler: Self.mostLikely, locationRule: LocationRule(distanceWeight: weight, measure: measure))
    let plain = try generate(
      GenerationSettings(sampler: Self.mostLikely), [GenerationRequest(condition: .label(5))])[0]
    let made = try generate(settings, [GenerationRequest(condition: .label(5))])[0]
    func penalised(_ probabilities: [Double], _ location: Int, _ last: Int?) -> Double {
      let c = probabilities.max() ?? 0
      let s = measure == .probability ? c : log(c / (1 - c))
      return s - (last.map { weight * distance(location, $0) } ?? 0)
    }
    let expected = naive.complete(5, known: [], codes: [], score: penalised)
    #expect(made.order == expected.order && made.tokens == expected.tokens)
    #expect(made.order != plain.order, "the penalty makes a difference here")
  }

  @Test func `within a step each distance is measured from the location taken before`() {
    let rule = LocationRule(distanceWeight: 1)
    var stream = RandomStream(seed: 0, purpose: "test")
    // Corners 0, 3, 12 and cell 1 of a 4×4 grid, equally confident: from 12 the nearest is 0, from there 1.
    let free = [0, 1, 3]
    let equal = [Float](repeating: log(0.5), count: 3)
    let chosen = rule.choose(equal, free: free, count: 3, previous: 12, grid: (4, 4), stream: &stream)
    #expect(chosen == [0, 1, 2])
    let first = rule.choose(equal, free: free, count: 1, previous: nil, grid: (4, 4), stream: &stream)
    #expect(first == [0], "no penalty at the first step")
    #expect(rule.choose(equal, free: free, count: 1, previous: 7, grid: (4, 4), stream: &stream) == [2])
  }

  @Test func `log-odds of certainty are finite enough to compare distances`() {
    let rule = LocationRule(distanceWeight: 0.3, measure: .logOdds)
    var stream = RandomStream(seed: 0, purpose: "test")
    let chosen = rule.choose(
      [0, 0, -0.1], free: [0, 14, 15], count: 3, previous: 15, grid: (4, 4), stream: &stream)
    #expect(chosen == [1, 0, 2])
  }

  // MARK: noise

  @Test func `noisy choices draw without replacement by confidence to the power of one over the temperature`()
  {
    let confidences = [0.5, 0.25, 0.125, 0.8]
    let weights = confidences.map { pow($0, 1 / 1.5) }
    let p = weights.map { $0 / weights.reduce(0, +) }
    let rule = LocationRule(temperature: 1.5)
    let draws = 40_000
    var counts: [[Int]: Int] = [:]
    for draw in 0..<draws {
      var stream = RandomStream(seed: 9, purpose: "test", UInt64(draw))
      let pair = rule.choose(
        confidences.map { Float(log($0)) }, free: [0, 5, 6, 9], count: 2, previous: nil, grid: (4, 4),
        stream: &stream)
      counts[pair, default: 0] += 1
    }
    for first in 0..<4 {
      for second in 0..<4 where second != first {
        let expected = p[first] * p[second] / (1 - p[first])
        let found = Double(counts[[first, second], default: 0]) / Double(draws)
        let error = (expected * (1 - expected) / Double(draws)).squareRoot()
        #expect(abs(found - expected) < 4 * error, "\(first), \(second): \(found), not \(expected)")
      }
    }
  }

  @Test func `noise depends on seed and image and vanishes with the temperature`() throws {
    func orders(_ temperature: Double, seed: UInt64) throws -> [[Int]] {
      let settings = GenerationSettings(
        sampler: Self.mostLikely, locationRule: LocationRule(temperature: temperature))
      return try generate(
        settings, (0..<3).map { GenerationRequest(condition: .label(2), image: $0, seed: seed) }
      ).map(\.order)
    }
    let noisy = try orders(1, seed: 4)
    #expect(Set(noisy).count == 3)
    #expect(try orders(1, seed: 4) == noisy)
    #expect(try orders(1, seed: 5) != noisy)
    #expect(try orders(1e-6, seed: 4) == orders(0, seed: 4))
  }

  // MARK: joint

  @Test func `the largest entries of a table are those of a full sort`() {
    var stream = RandomStream(seed: 3, purpose: "test")
    // Few different values, so that ties abound.
    let logits = (0..<5 * 7).map { _ in Float(stream.below(4)) }
    let table = logits.withUnsafeBufferPointer { JointTable(logits: $0, codes: 7) }
    let all = (0..<5).flatMap { row -> [(Int, Int, Double)] in
      let values = logits[row * 7..<(row + 1) * 7].map(Double.init)
      let p = NaiveModel.softmax(values)
      return p.indices.map { (row, $0, log(p[$0])) }
    }
    let sorted = all.sorted { abs($0.2 - $1.2) > 1e-6 ? $0.2 > $1.2 : ($0.0, $0.1) < ($1.0, $1.1) }
    for count in [1, 2, 3, 10, 34, 35, 50] {
      let found = table.largest(count)
      #expect(found.map { [$0.row, $0.code] } == sorted.prefix(count).map { [$0.0, $0.1] })
    }
    let without = table.largest(4, excluding: [0, 3])
    let expected = sorted.filter { $0.0 != 0 && $0.0 != 3 }.prefix(4)
    #expect(without.map { [$0.row, $0.code] } == expected.map { [$0.0, $0.1] })
  }

  @Test(arguments: [1.0, 2.5]) func `drawing location and code together equals the naive method`(
    scale: Double
  )
    throws
  {
    let naive = try NaiveModel()
    let settings = GenerationSettings(
      sampler: TokenSampler(temperature: 0.7), guidanceStart: Float(scale), guidanceEnd: Float(scale),
      locationScore: .guided, jointShare: 0.25)
    let request = GenerationRequest(condition: .label(7), image: 11, seed: 6)
    let made = try generate(settings, [request])[0]
    var (history, tokens) = ([Int](), [Int](repeating: 0, count: 16))
    for step in 0..<16 {
      var entries: [(location: Int, code: Int, p: Double)] = []
      for location in 0..<16 where !history.contains(location) {
        let logits = naive.guided(7, history: history, tokens: tokens, next: location, scale: scale)
        for (code, p) in NaiveModel.softmax(logits).enumerated() { entries.append((location, code, p)) }
      }
      let kept = entries.sorted { $0.p > $1.p }.prefix(8)  // a quarter of 32 codes
      let weights = kept.map { pow($0.p, 1 / 0.7) }
      var stream = RandomStream(seed: 6, purpose: "sample.joint", 11, UInt64(step))
      var target = stream.uniform() * weights.reduce(0, +)
      let index = weights.firstIndex {
        target -= $0
        return target < 0
      }
      let entry = kept[index ?? 7]
      tokens[entry.location] = entry.code
      history.append(entry.location)
    }
    #expect(made.order == history && made.tokens == tokens)
  }
}
