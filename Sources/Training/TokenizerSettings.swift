import Models

/// How an image tokenizer is trained.
///
/// Property names in snake case are keys of a preset's `tokenizer` section.
public struct TokenizerSettings: Codable, Sendable, Equatable {
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
  public var beta1: Double
  public var beta2: Double
  /// Largest global L2 norm of the gradient; 0 for no clipping.
  public var clip: Double
  /// Weight of the term that draws latents to their codes.
  public var commitment: Double
  /// Weight of the entropy term, 0 for none.
  public var entropy: Double
  /// A code that no image used for this many steps is placed on a badly served latent; 0 for never.
  public var restartAfter: Int
  public var seed: UInt64
  /// The discriminator that reconstructions are to fool; nil for none.
  public var discriminator: DiscriminatorSettings?

  public init(
    epochs: Int, batch: Int, learningRate: Double, finalRate: Double, warmup: Int, weightDecay: Double,
    beta1: Double, beta2: Double, clip: Double, commitment: Double, entropy: Double, restartAfter: Int,
    seed: UInt64, discriminator: DiscriminatorSettings? = nil
  ) {
    self.epochs = epochs
    self.batch = batch
    self.learningRate = learningRate
    self.finalRate = finalRate
    self.warmup = warmup
    self.weightDecay = weightDecay
    self.beta1 = beta1
    self.beta2 = beta2
    self.clip = clip
    self.commitment = commitment
    self.entropy = entropy
    self.restartAfter = restartAfter
    self.seed = seed
    self.discriminator = discriminator
  }

  /// What is out of range, in the order of the keys.
  public var problems: [TrainingSettings.Problem] {
    var found: [TrainingSettings.Problem] = []
    func require(_ holds: Bool, _ key: String, _ expected: String, _ value: some Any) {
      if !holds { found.append(TrainingSettings.Problem(key: key, expected: expected, found: "\(value)")) }
    }
    func require<T: Comparable>(_ value: T, atMost limit: T, _ key: String) {
      require(value <= limit, key, "at most \(limit)", value)
    }
    require(epochs > 0, "epochs", "above 0", epochs)
    require(epochs, atMost: 1_000_000, "epochs")
    require(batch > 0, "batch", "above 0", batch)
    require(batch, atMost: TrainingSettings.largestBatch, "batch")
    require(learningRate > 0, "learning_rate", "above 0", learningRate)
    require(learningRate, atMost: TrainingSettings.largestFactor, "learning_rate")
    require((0...1).contains(finalRate), "final_rate", "between 0 and 1", finalRate)
    require(warmup >= 0, "warmup", "0 or more", warmup)
    require(warmup, atMost: TrainingSettings.mostSteps, "warmup")
    require(weightDecay >= 0, "weight_decay", "0 or more", weightDecay)
    for (key, value) in [("beta1", beta1), ("beta2", beta2)] {
      require((0..<1).contains(value) && Float(value) < 1, key, "at least 0 and below 1", value)
    }
    for (key, value) in [("clip", clip), ("commitment", commitment), ("entropy", entropy)] {
      require(value >= 0, key, "0 or more", value)
    }
    for (key, value) in [
      ("weight_decay", weightDecay), ("clip", clip), ("commitment", commitment), ("entropy", entropy),
    ] {
      require(value, atMost: TrainingSettings.largestFactor, key)
    }
    require(restartAfter >= 0, "restart_after", "0 or more", restartAfter)
    require(restartAfter, atMost: TrainingSettings.mostSteps, "restart_after")
    return found
  }

  var weights: VectorQuantizer.Weights {
    VectorQuantizer.Weights(codebook: 1, commitment: Float(commitment), entropy: Float(entropy))
  }
}
