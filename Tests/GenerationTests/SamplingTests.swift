import Foundation
import Generation
import Orders
import Randomness
import Testing

@Suite struct SamplingTests {
  @Test func `the decoding schedule is RandAR's`() {
    #expect(DecodingSchedule.tokensPerStep(locations: 16, steps: 6) == [1, 2, 2, 3, 4, 4])
    #expect(DecodingSchedule.tokensPerStep(locations: 16, steps: 9) == [1, 1, 1, 1, 2, 2, 3, 3, 2])
    #expect(DecodingSchedule.tokensPerStep(locations: 16, steps: 0) == [Int](repeating: 1, count: 16))
    let long = DecodingSchedule.tokensPerStep(locations: 256, steps: 88)
    #expect(long.count == 88 && long.prefix(24).allSatisfy { $0 == 1 } && long.max() == 5)
  }

  @Test(arguments: DecodingSchedule.Shape.allCases, 1...64)
  func `every schedule places every token`(shape: DecodingSchedule.Shape, steps: Int) {
    let counts = DecodingSchedule.tokensPerStep(locations: 64, steps: steps, shape: shape)
    #expect(counts.reduce(0, +) == 64 && counts.allSatisfy { $0 >= 1 })
    #expect(counts.count <= max(steps, 2))
  }

  @Test func `other schedules spread tokens over steps`() {
    #expect(DecodingSchedule.tokensPerStep(locations: 16, steps: 4, shape: .linear) == [1, 8, 4, 3])
    // ⌊16 · (1 − arccos(k/4) / (π/2)) + 1⌋ for k = 2, 3, 4: 6.33, 9.64, 17.
    #expect(DecodingSchedule.tokensPerStep(locations: 16, steps: 4, shape: .arccos) == [1, 5, 3, 7])
    #expect(
      DecodingSchedule.tokensPerStep(locations: 16, steps: 4, placed: 7, shape: .linear) == [2, 4, 3])
  }

  @Test func `locations of a step keep their distance as long as they can`() {
    // A row of eight, scores falling from the left; two apart, then what is left by score.
    let rule = LocationRule(spacing: 2)
    var stream = RandomStream(seed: 0, purpose: "test")
    let scores = (0..<8).map { Float(-$0) }
    func choose(_ count: Int, _ rule: LocationRule, _ grid: (height: Int, width: Int) = (1, 8)) -> [Int] {
      rule.choose(
        scores, free: Array(0..<8), count: count, previous: nil, grid: grid, stream: &stream)
    }
    #expect(choose(3, rule) == [0, 2, 4])
    #expect(choose(6, rule) == [0, 2, 4, 6, 1, 3])
    #expect(choose(1, rule) == [0])
    #expect(choose(3, LocationRule()) == [0, 1, 2])
    // On 4×2 cells the diagonal neighbour of 0 is nearer than 2, and the cell below the next one is not.
    #expect(choose(3, rule, (4, 2)) == [0, 4, 1])
    #expect(choose(2, LocationRule(spacing: 1.5), (4, 2)) == [0, 4])
    #expect(choose(2, LocationRule(spacing: 1.4), (4, 2)) == [0, 3])
  }

  private func draw(_ sampler: TokenSampler, _ logits: [Float], _ uniform: Double) -> Int {
    logits.withUnsafeBufferPointer { sampler.draw($0, uniform: uniform) }
  }

  @Test func `temperature zero takes the first of the largest`() {
    #expect(draw(TokenSampler(temperature: 0), [0, 3, 3, 1], 0.9) == 1)
  }

  @Test func `draws follow the softmax`() {
    // Probabilities 0.1, 0.2, 0.7.
    let logits: [Float] = [-2.302585, -1.609438, -0.356675]
    var counts = [0, 0, 0]
    for index in 0..<1000 { counts[draw(TokenSampler(), logits, (Double(index) + 0.5) / 1000)] += 1 }
    #expect(counts == [100, 200, 700])
  }

  @Test(arguments: [0.5, 1, 2]) func `logits are divided by the temperature`(temperature: Double) {
    // Probabilities 1 : 2 : 4, to the power of one over the temperature.
    let logits: [Float] = [0, 0.6931472, 1.3862944]
    let weights = (0..<3).map { pow(2, Double($0) / temperature) }
    var counts = [0, 0, 0]
    for index in 0..<10_000 {
      counts[draw(TokenSampler(temperature: temperature), logits, (Double(index) + 0.5) / 10_000)] += 1
    }
    for (count, weight) in zip(counts, weights) {
      #expect(abs(Double(count) / 10_000 - weight / weights.reduce(0, +)) < 2e-4)
    }
  }

  @Test(arguments: 1...4) func `top k keeps k codes`(count: Int) {
    let logits: [Float] = [0.1, 0.5, 0.2, 0.4]
    let drawn = Set((0..<200).map { draw(TokenSampler(topK: count), logits, Double($0) / 200) })
    #expect(drawn == Set([1, 3, 2, 0].prefix(count)))
  }

  @Test func `top k keeps ties and top p keeps the crossing token`() {
    let tied: [Float] = [1, 2, 2, 0]
    #expect(Set((0..<100).map { draw(TokenSampler(topK: 1), tied, Double($0) / 100) }) == [1, 2])
    let logits: [Float] = [-2.302585, -1.609438, -0.356675]
    #expect(Set((0..<100).map { draw(TokenSampler(topP: 0.6), logits, Double($0) / 100) }) == [2])
    #expect(Set((0..<100).map { draw(TokenSampler(topP: 0.75), logits, Double($0) / 100) }) == [1, 2])
  }
}
