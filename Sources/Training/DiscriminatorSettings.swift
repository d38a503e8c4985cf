import Models

/// The discriminator that a tokenizer is trained against.
///
/// Property names in snake case are keys of a preset's section `tokenizer.discriminator`.
public struct DiscriminatorSettings: Codable, Sendable, Equatable {
  /// Weight of the generator's loss, before it is adapted to the other terms.
  public var weight: Double
  /// Steps of the tokenizer before the discriminator begins to learn and to count.
  public var startStep: Int
  /// Channels behind the first convolution.
  public var channels: Int
  /// Convolutions between the first and the last.
  public var layers: Int
  public var learningRate: Double
  public var beta1: Double
  public var beta2: Double

  public init(
    weight: Double, startStep: Int, channels: Int, layers: Int, learningRate: Double, beta1: Double,
    beta2: Double
  ) {
    self.weight = weight
    self.startStep = startStep
    self.channels = channels
    self.layers = layers
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
  }

  /// What is out of range, in the order of the keys.
  public var problems: [TrainingSettings.Problem] {
    var problems = SettingsProblems()
    func require<T: Comparable>(_ value: T, in range: ClosedRange<T>, _ key: String) {
      problems.require(
        range.contains(value), key, "between \(range.lowerBound) and \(range.upperBound)", value)
    }
    func requireFactor(_ value: Double, _ key: String) {
      let limit = TrainingSettings.largestFactor
      problems.require(value > 0 && value <= limit, key, "above 0 and at most \(limit)", value)
    }
    requireFactor(weight, "weight")
    require(startStep, in: 0...TrainingSettings.mostSteps, "start_step")
    require(channels, in: 1...4096, "channels")
    require(layers, in: 1...8, "layers")
    requireFactor(learningRate, "learning_rate")
    problems.require(share: beta1, "beta1")
    problems.require(share: beta2, "beta2")
    return problems.found
  }

  /// The sizes for a tokenizer's images.
  public func configuration(of tokenizer: ImageTokenizerConfiguration) -> PatchDiscriminator.Configuration {
    PatchDiscriminator.Configuration(
      imageSize: tokenizer.imageSize, imageChannels: tokenizer.imageChannels, channels: channels,
      layers: layers)
  }
}
