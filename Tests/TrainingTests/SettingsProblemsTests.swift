import Foundation
import Testing
import Training

/// Settings from files: whatever the numbers are, a list of problems and no trap.
@Suite struct SettingsProblemsTests {
  private static let integers = [Int.min, -5, -1, 0, 1, 100, 1_000_000_000, 1 << 40, .max]
  private static let numbers: [Double] = [
    -.infinity, -1e300, -1, -0.0, 0, .leastNonzeroMagnitude, 0.5, 0.999_999_999_9, 1, 2, 1e7, 1e300,
    .infinity, .nan,
  ]

  private static let settings = TrainingSettings(
    objective: .orders, steps: 10, batch: 4, learningRate: 1e-3, warmup: 2, annealingStart: 2, annealingEnd: 5
  )

  private static let tokenizer = TokenizerSettings(
    training: EpochSettings(
      epochs: 2, batch: 4, learningRate: 1e-3, finalRate: 0.1, warmup: 2, weightDecay: 0, clip: 1, seed: 1),
    beta1: 0.9, beta2: 0.95, commitment: 0.25, entropy: 0, restartAfter: 2)

  @Test func `sound settings have no problems`() {
    #expect(Self.settings.problems.isEmpty)
    #expect(Self.tokenizer.problems.isEmpty)
  }

  @Test func `a warm-up is compared with steps of any sign`() {
    for steps in Self.integers {
      for warmup in Self.integers {
        var changed = Self.settings
        (changed.steps, changed.warmup) = (steps, warmup)
        let keys = changed.problems.map(\.key)
        #expect(keys.contains("steps") == (steps < 1 || steps > 1_000_000_000))
        #expect(keys.contains("warmup") == (warmup < 0 || warmup > steps))
      }
    }
  }

  @Test func `numbers that are not finite or not in single precision are refused by their keys`() {
    let keys: [(String, WritableKeyPath<TrainingSettings, Double>)] = [
      ("learning_rate", \.learningRate), ("final_rate", \.finalRate), ("weight_decay", \.weightDecay),
      ("beta1", \.beta1), ("beta2", \.beta2), ("clip", \.clip), ("token_dropout", \.tokenDropout),
      ("residual_dropout", \.residualDropout), ("feed_forward_dropout", \.feedForwardDropout),
      ("class_dropout", \.classDropout),
    ]
    for (key, path) in keys {
      for value in Self.numbers {
        var changed = Self.settings
        changed[keyPath: path] = value
        let isFine = changed.problems.isEmpty
        #expect(changed.problems.allSatisfy { $0.key == key }, "\(key) \(value)")
        if !value.isFinite || value < 0 || value > 1e6 { #expect(!isFine, "\(key) \(value)") }
        if isFine { #expect(Float(value).isFinite) }
      }
      #expect(keys.count == 10)
    }
    // 1 − β in single precision must not be 0: the bias correction divides by it.
    var changed = Self.settings
    changed.beta2 = 0.999_999_999_99
    #expect(changed.problems.map(\.key) == ["beta2"])
  }

  @Test func `counts of both trainings have bounds that keep their products small`() {
    for value in Self.integers {
      var changed = Self.settings
      changed.batch = value
      #expect(changed.problems.isEmpty == (1...65_536).contains(value))
      changed = Self.settings
      (changed.validateOrders, changed.validateSamples) = (value, value)
      let looks = Set(changed.problems.map(\.key))
      #expect(looks.contains("validate_orders") == (value < 0))
      #expect(looks.contains("validate_samples") == !(0...1024).contains(value))
      var other = Self.tokenizer
      (other.epochs, other.restartAfter) = (value, value)
      let keys = Set(other.problems.map(\.key))
      #expect(keys.contains("epochs") == !(1...1_000_000).contains(value))
      #expect(keys.contains("restart_after") == !(0...1_000_000_000).contains(value))
    }
    let most = TrainingSettings.mostSteps
    #expect(!most.multipliedReportingOverflow(by: TrainingSettings.largestBatch * 65_536).overflow)
  }
}
