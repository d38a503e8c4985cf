/// How a network is trained on images in epochs: what image tokenizers and classifiers have in common.
///
/// Property names in snake case are keys of the settings' sections `tokenizer` and `classifier`.
public struct EpochSettings: Sendable, Equatable {
  /// Passes over the training images; what is left of a pass after its last whole batch is left out.
  public var epochs: Int
  /// Images per step.
  public var batch: Int
  /// Peak learning rate, reached after the warm-up.
  public var learningRate: Double
  /// Share of the peak that the cosine ends at.
  public var finalRate: Double
  /// Steps of linear warm-up, which unlike a transformer's does not begin with 0
  /// (pipeline/method/tokenizer.md §7).
  public var warmup: Int
  public var weightDecay: Double
  /// Largest global L2 norm of the gradient; 0 for no clipping.
  public var clip: Double
  public var seed: UInt64

  public init(
    epochs: Int, batch: Int, learningRate: Double, finalRate: Double, warmup: Int, weightDecay: Double,
    clip: Double, seed: UInt64
  ) {
    self.epochs = epochs
    self.batch = batch
    self.learningRate = learningRate
    self.finalRate = finalRate
    self.warmup = warmup
    self.weightDecay = weightDecay
    self.clip = clip
    self.seed = seed
  }

  /// What is out of range, in the order of the keys.
  public var problems: [TrainingSettings.Problem] {
    var problems = SettingsProblems()
    func require<T: Comparable>(_ value: T, in range: ClosedRange<T>, _ key: String) {
      problems.require(
        range.contains(value), key, "\(range.lowerBound) to \(range.upperBound)", value)
    }
    require(epochs, in: 1...1_000_000, "epochs")
    require(batch, in: 1...TrainingSettings.largestBatch, "batch")
    problems.require(
      learningRate > 0 && learningRate <= TrainingSettings.largestFactor, "learning_rate",
      "above 0 and at most \(TrainingSettings.largestFactor)", learningRate)
    require(finalRate, in: 0...1, "final_rate")
    require(warmup, in: 0...TrainingSettings.mostSteps, "warmup")
    require(weightDecay, in: 0...TrainingSettings.largestFactor, "weight_decay")
    require(clip, in: 0...TrainingSettings.largestFactor, "clip")
    return problems.found
  }

  /// The learning rate of every step.
  /// - Parameter steps: of all epochs together, which the number of images decides.
  public func schedule(steps: Int) -> LearningRateSchedule {
    LearningRateSchedule(
      peak: learningRate, finalShare: finalRate, warmup: warmup, steps: steps, begins: .fromFirstShare)
  }
}
