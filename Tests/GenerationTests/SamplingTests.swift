import Foundation
import Generation
import Orders
import Testing

@Suite struct SamplingTests {
  @Test func `the decoding schedule is RandAR's`() {
    #expect(DecodingSchedule.tokensPerStep(locations: 16, steps: 6) == [1, 2, 2, 3, 4, 4])
    #expect(DecodingSchedule.tokensPerStep(locations: 16, steps: 9) == [1, 1, 1, 1, 2, 2, 3, 3, 2])
    #expect(DecodingSchedule.tokensPerStep(locations: 16, steps: 0) == [Int](repeating: 1, count: 16))
    let long = DecodingSchedule.tokensPerStep(locations: 256, steps: 88)
    #expect(long.count == 88 && long.prefix(24).allSatisfy { $0 == 1 } && long.max() == 5)
  }

  @Test(arguments: 1...64)
  func `every schedule places every token`(steps: Int) {
    let counts = DecodingSchedule.tokensPerStep(locations: 64, steps: steps)
    #expect(counts.reduce(0, +) == 64 && counts.allSatisfy { $0 >= 1 })
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
