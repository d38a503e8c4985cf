import Foundation
import Testing
import Training

/// Every rate of short schedules, told again as the method's pages write them, to the last bit.
@Suite struct LearningRateScheduleTests {
  @Test func `a transformer's rate warms up from zero and then follows a cosine`() {
    let settings = TrainingSettings(
      objective: .random, steps: 110, batch: 1, learningRate: 2, finalRate: 0.1, warmup: 10)
    let schedule = settings.rates
    #expect(schedule.rate(at: 0) == 0)
    #expect(schedule.rate(at: 5) == 1)
    #expect(schedule.rate(at: 10) == 2)
    #expect(abs(schedule.rate(at: 60) - 1.1) < 1e-12)
    #expect(abs(schedule.rate(at: 110) - 0.2) < 1e-12)
    for step in 10...110 {
      let cosine = 0.5 * (1 + cos(Double.pi * (Double(step - 10) / 100)))
      #expect(schedule.rate(at: step) == 2 * (0.1 * (1 - cosine) + cosine))
    }
  }

  @Test func `a stable rate stays at its peak and falls at the end`() {
    let rates = TrainingSettings(
      objective: .random, steps: 100, batch: 1, learningRate: 2, finalRate: 0.1, warmup: 10,
      schedule: .stable,
      decayShare: 0.25
    ).rates
    #expect((0..<10).map(rates.rate) == (0..<10).map { 2 * Double($0) / 10 })
    #expect((10...75).allSatisfy { rates.rate(at: $0) == 2 })
    for step in 75...100 { #expect(abs(rates.rate(at: step) - (2 - 1.8 * Double(step - 75) / 25)) < 1e-12) }
  }

  @Test func `a tokenizer's rate warms up from its first share and then follows a cosine`() {
    let settings = TokenizerSettings(
      training: EpochSettings(
        epochs: 10, batch: 16, learningRate: 4e-3, finalRate: 0.1, warmup: 4, weightDecay: 0, clip: 1, seed: 1
      ), beta1: 0.9, beta2: 0.95, commitment: 0.25, entropy: 0, restartAfter: 0)
    let schedule = settings.training.schedule(steps: 120)
    #expect(schedule.rate(at: 0) == 1e-3)
    #expect(schedule.rate(at: 3) == 4e-3)
    #expect(abs(schedule.rate(at: 62) - 4e-3 * 0.55) < 1e-9)
    #expect(abs(schedule.rate(at: 120) - 4e-4) < 1e-9)
    for step in 4...120 {
      let cosine = 0.5 * (1 + cos(Double.pi * (Double(step - 4) / 116)))
      #expect(schedule.rate(at: step) == 4e-3 * (0.1 + (1 - 0.1) * cosine))
    }
  }

  @Test func `a run that ends while it warms up never reaches the peak`() {
    let schedule = LearningRateSchedule(
      peak: 1, finalShare: 0.5, warmup: 8, steps: 4, begins: .fromFirstShare)
    #expect((0..<4).map { schedule.rate(at: $0) } == [0.125, 0.25, 0.375, 0.5])
  }
}
