import Models

/// How an image tokenizer is trained.
///
/// Property names in snake case are keys of a preset's `tokenizer` section.
@dynamicMemberLookup
public struct TokenizerSettings: Sendable, Equatable {
  /// Epochs, batch, rates and seed, which are read and set as if they were properties of these settings.
  public var training: EpochSettings
  public var beta1: Double
  public var beta2: Double
  /// Weight of the term that draws latents to their codes.
  public var commitment: Double
  /// Weight of the entropy term, 0 for none.
  public var entropy: Double
  /// A code that no image used for this many steps is placed on a badly served latent; 0 for never.
  public var restartAfter: Int
  /// The discriminator that reconstructions are to fool; nil for none.
  public var discriminator: DiscriminatorSettings?

  public init(
    training: EpochSettings, beta1: Double, beta2: Double, commitment: Double, entropy: Double,
    restartAfter: Int, discriminator: DiscriminatorSettings? = nil
  ) {
    self.training = training
    self.beta1 = beta1
    self.beta2 = beta2
    self.commitment = commitment
    self.entropy = entropy
    self.restartAfter = restartAfter
    self.discriminator = discriminator
  }

  public subscript<Value>(dynamicMember path: WritableKeyPath<EpochSettings, Value>) -> Value {
    get { training[keyPath: path] }
    set { training[keyPath: path] = newValue }
  }

  /// What is out of range, in the order of the keys.
  public var problems: [TrainingSettings.Problem] {
    var problems = SettingsProblems()
    problems.require(training.epochs > 0, "epochs", "above 0", training.epochs)
    problems.require(training.epochs, atMost: 1_000_000, "epochs")
    problems.require(training.batch > 0, "batch", "above 0", training.batch)
    problems.require(training.batch, atMost: TrainingSettings.largestBatch, "batch")
    problems.require(training.learningRate > 0, "learning_rate", "above 0", training.learningRate)
    problems.require(training.learningRate, atMost: TrainingSettings.largestFactor, "learning_rate")
    problems.require(
      (0...1).contains(training.finalRate), "final_rate", "between 0 and 1", training.finalRate)
    problems.require(training.warmup >= 0, "warmup", "0 or more", training.warmup)
    problems.require(training.warmup, atMost: TrainingSettings.mostSteps, "warmup")
    problems.require(training.weightDecay >= 0, "weight_decay", "0 or more", training.weightDecay)
    problems.require(share: beta1, "beta1")
    problems.require(share: beta2, "beta2")
    for (key, value) in [("clip", training.clip), ("commitment", commitment), ("entropy", entropy)] {
      problems.require(value >= 0, key, "0 or more", value)
    }
    for (key, value) in [
      ("weight_decay", training.weightDecay), ("clip", training.clip), ("commitment", commitment),
      ("entropy", entropy),
    ] {
      problems.require(value, atMost: TrainingSettings.largestFactor, key)
    }
    problems.require(restartAfter >= 0, "restart_after", "0 or more", restartAfter)
    problems.require(restartAfter, atMost: TrainingSettings.mostSteps, "restart_after")
    return problems.found
  }

  var weights: VectorQuantizer.Weights {
    VectorQuantizer.Weights(codebook: 1, commitment: Float(commitment), entropy: Float(entropy))
  }
}
