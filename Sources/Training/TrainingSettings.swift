/// Everything that decides the result of a training run besides its data
/// (pipeline/method/transformer.md §7, §9, §10).
///
/// Property names in snake case are the keys of a preset's training sections.
public struct TrainingSettings: Codable, Equatable, Sendable {
  /// In which orders images are predicted.
  public enum Objective: String, Codable, Sendable, CaseIterable {
    /// A fresh uniform random order for every image and step: any-order training.
    case random
    /// Always raster order: the baseline.
    case raster
    /// The order extracted for each image: specialisation.
    case orders
  }

  public var objective: Objective
  public var steps: Int
  /// Images per step.
  public var batch: Int
  /// Peak learning rate, reached after the warm-up.
  public var learningRate: Double
  /// Share of the peak that the cosine ends at.
  public var finalRate: Double
  /// Steps of linear warm-up from 0.
  public var warmup: Int
  public var weightDecay: Double
  public var beta1: Double
  public var beta2: Double
  /// Largest global L2 norm of the gradient; 0 for no clipping.
  public var clip: Double
  public var tokenDropout: Double
  public var residualDropout: Double
  public var feedForwardDropout: Double
  /// Probability of replacing a label by "no class", which classifier-free guidance needs.
  public var classDropout: Double
  public var seed: UInt64
  /// Steps between measurements of the validation likelihood; 0 measures at the end only.
  public var validateEvery: Int
  /// Test images that the validation likelihood is measured on.
  public var validateImages: Int
  /// Validation images whose greedy orders are extracted at each validation; 0 or nil for none.
  public var validateOrders: Int?
  /// Images drawn at each validation; 0 or nil for none.
  public var validateSamples: Int?
  /// Fine-tuning only: until this step every order is random.
  public var annealingStart: Int?
  /// Fine-tuning only: from this step on no order is random; 0 turns annealing off.
  public var annealingEnd: Int?
  /// Lets the rate fall on plateaus of the loss instead of along a cosine.
  public var plateau: PlateauSettings?
  /// How the rate falls otherwise; absent: along a cosine.
  public var schedule: Schedule?
  /// Share of the steps, at the end, in which the rate of `stable` falls.
  public var decayShare: Double?
  /// What steps hidden matrices take; absent: AdamW's, as of all others.
  public var optimizer: Optimizer?
  /// Decay of the average of weights that is published; 0 or absent: the weights themselves.
  public var average: Double?
  /// Which weights are published; absent: the last.
  public var keep: Keep?
  /// Groups of a step's images whose gradients are computed by themselves and added as a tree; absent: one. As many ranks
  /// can share a step, and its bytes do not depend on how many do.
  public var groups: Int?
  /// How gradients of several ranks are added up; absent: as a tree over groups.
  public var sum: Sum?

  public enum Sum: String, Codable, Sendable, CaseIterable {
    /// As a tree over groups.
    case fixed
    /// As MPI likes: faster, and other bytes for another number of ranks.
    case plain
  }

  public enum Schedule: String, Codable, Sendable, CaseIterable {
    /// A cosine from the warm-up to the last step.
    case cosine
    /// The peak, then a linear fall at the end.
    case stable
  }

  public enum Optimizer: String, Codable, Sendable, CaseIterable {
    case adamw
    /// Orthogonalised momentum for hidden matrices (`OrthogonalUpdate`).
    case muon
  }

  public enum Keep: String, Codable, Sendable, CaseIterable {
    /// Those after the last step.
    case last
    /// Those of the validation with the fewest bits along the objective's own orders.
    case best
  }

  public init(
    objective: Objective, steps: Int, batch: Int, learningRate: Double, finalRate: Double = 0.05,
    warmup: Int = 0, weightDecay: Double = 0.05, beta1: Double = 0.9, beta2: Double = 0.95, clip: Double = 1,
    tokenDropout: Double = 0.1, residualDropout: Double = 0.1, feedForwardDropout: Double = 0.1,
    classDropout: Double = 0.1, seed: UInt64 = 1, validateEvery: Int = 0, validateImages: Int = 0,
    validateOrders: Int? = nil, validateSamples: Int? = nil, annealingStart: Int? = nil,
    annealingEnd: Int? = nil, plateau: PlateauSettings? = nil, schedule: Schedule? = nil,
    decayShare: Double? = nil, optimizer: Optimizer? = nil, average: Double? = nil, keep: Keep? = nil,
    groups: Int? = nil, sum: Sum? = nil
  ) {
    self.objective = objective
    self.steps = steps
    self.batch = batch
    self.learningRate = learningRate
    self.finalRate = finalRate
    self.warmup = warmup
    self.weightDecay = weightDecay
    self.beta1 = beta1
    self.beta2 = beta2
    self.clip = clip
    self.tokenDropout = tokenDropout
    self.residualDropout = residualDropout
    self.feedForwardDropout = feedForwardDropout
    self.classDropout = classDropout
    self.seed = seed
    self.validateEvery = validateEvery
    self.validateImages = validateImages
    self.validateOrders = validateOrders
    self.validateSamples = validateSamples
    self.annealingStart = annealingStart
    self.annealingEnd = annealingEnd
    self.plateau = plateau
    self.schedule = schedule
    self.decayShare = decayShare
    self.optimizer = optimizer
    self.average = average
    self.keep = keep
    self.groups = groups
    self.sum = sum
  }

  /// The most steps of a run.
  public static let mostSteps = 1_000_000_000
  /// The most images of a step. Steps times images times locations are then below 2⁶³.
  public static let largestBatch = 65_536
  /// The most images drawn at a validation, which a person looks at.
  public static let mostSamples = 1_024
  /// The largest rate, decay, weight of a loss term or limit of a norm: far beyond any that trains, and finite in
  /// single precision.
  public static let largestFactor = 1e6

  /// One broken rule: the key, what it must be and what it is.
  public struct Problem: Sendable {
    public let key: String
    public let expected: String
    public let found: String
  }

  /// Why so many ranks cannot share a step, or nil if they can.
  public func problem(ranks: Int) -> Problem? {
    var problems = SettingsProblems()
    if sum == .plain {
      problems.require(
        batch % ranks == 0, "batch", "a multiple of the \(ranks) processes that share it", batch)
    } else {
      problems.require(
        groups ?? 1 >= ranks, "groups", "at least the \(ranks) processes that share a step",
        groups.map { "\($0)" } ?? "nothing, which is 1")
    }
    return problems.found.first
  }

  /// What is out of range, in the order of the keys.
  public var problems: [Problem] {
    var problems = SettingsProblems()
    problems.require(steps > 0, "steps", "above 0", steps)
    problems.require(steps, atMost: Self.mostSteps, "steps")
    problems.require(batch > 0, "batch", "above 0", batch)
    problems.require(batch, atMost: Self.largestBatch, "batch")
    problems.require(learningRate > 0, "learning_rate", "above 0", learningRate)
    problems.require(learningRate, atMost: Self.largestFactor, "learning_rate")
    problems.require((0...1).contains(finalRate), "final_rate", "between 0 and 1", finalRate)
    problems.require(warmup >= 0 && warmup <= steps, "warmup", "between 0 and steps", warmup)
    problems.require(weightDecay >= 0, "weight_decay", "0 or more", weightDecay)
    problems.require(weightDecay, atMost: Self.largestFactor, "weight_decay")
    for (key, value) in [
      ("beta1", beta1), ("beta2", beta2), ("token_dropout", tokenDropout),
      ("residual_dropout", residualDropout),
      ("feed_forward_dropout", feedForwardDropout), ("class_dropout", classDropout),
    ] {
      problems.require(share: value, key)
    }
    problems.require(clip >= 0, "clip", "0 or more", clip)
    problems.require(clip, atMost: Self.largestFactor, "clip")
    problems.require(validateEvery >= 0, "validate_every", "0 or more", validateEvery)
    problems.require(validateImages >= 0, "validate_images", "0 or more", validateImages)
    if let validateOrders {
      problems.require(validateOrders >= 0, "validate_orders", "0 or more", validateOrders)
    }
    if let validateSamples {
      problems.require(validateSamples >= 0, "validate_samples", "0 or more", validateSamples)
      problems.require(validateSamples, atMost: Self.mostSamples, "validate_samples")
    }
    problems.require(
      schedule != .stable || plateau == nil, "schedule", "absent or cosine where there is a 'plateau'",
      "stable")
    problems.require(
      (decayShare != nil) == (schedule == .stable), "decay_share", "given with the schedule 'stable' alone",
      decayShare.map { "\($0)" } ?? "nothing")
    if let decayShare {
      problems.require(decayShare > 0 && decayShare <= 1, "decay_share", "above 0 and at most 1", decayShare)
    }
    if let average {
      problems.require(average >= 0 && average < 1, "average", "0 (off) or more, below 1", average)
    }
    problems.require(
      keep != .best || (validateImages > 0 && validateEvery > 0), "keep",
      "last unless 'validate_every' and 'validate_images' are above 0", keep?.rawValue ?? "")
    if let groups {
      problems.require(
        groups > 0 && groups & (groups - 1) == 0 && batch % groups == 0, "groups",
        "a power of two that divides 'batch' (\(batch))", groups)
      problems.require(
        sum != .plain, "groups", "absent with the sum 'plain', which adds up without groups", groups)
    }
    if let start = annealingStart, let end = annealingEnd {
      problems.require(start >= 0, "annealing_start", "0 or more", start)
      problems.require(start, atMost: Self.mostSteps, "annealing_start")
      problems.require(end == 0 || end > start, "annealing_end", "0, or more than annealing_start", end)
      problems.require(end, atMost: Self.mostSteps, "annealing_end")
      problems.require(end == 0 || objective != .random, "annealing_end", "0 with random orders", end)
    }
    if let plateau {
      problems.require(plateau.every > 0, "plateau.every", "above 0", plateau.every)
      problems.require(plateau.every, atMost: Self.mostSteps, "plateau.every")
      problems.require(
        plateau.factor > 0 && plateau.factor < 1, "plateau.factor", "above 0 and below 1", plateau.factor)
      problems.require(plateau.patience >= 0, "plateau.patience", "0 or more", plateau.patience)
      problems.require(plateau.cooldown >= 0, "plateau.cooldown", "0 or more", plateau.cooldown)
      problems.require(
        (0..<1).contains(plateau.threshold), "plateau.threshold", "at least 0 and below 1", plateau.threshold)
      problems.require(
        plateau.finalRate >= 0 && plateau.finalRate <= learningRate, "plateau.final_rate",
        "from 0 to learning_rate", plateau.finalRate)
    }
    return problems.found
  }
}
