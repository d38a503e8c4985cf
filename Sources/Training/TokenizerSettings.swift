import Models

/// How an image tokenizer is trained.
public struct TokenizerSettings: Sendable, Equatable {
  /// Passes over the training images; a last incomplete batch of a pass is left out.
  public var epochs: Int
  /// Images of a step.
  public var batch: Int
  /// Learning rate after the warm-up.
  public var learningRate: Double
  /// Learning rate at the end as a fraction of `learningRate`; a cosine leads there.
  public var finalRate: Double
  /// Steps over which the rate rises from 0.
  public var warmup: Int
  public var weightDecay: Double
  public var beta1: Double
  public var beta2: Double
  /// Largest norm of all gradients together; 0 for no limit.
  public var clip: Double
  /// Weights of the quantiser's loss terms beside the squared error of the reconstruction.
  public var quantizer: VectorQuantizer.Weights
  /// A code that no image used for this many steps is placed on a latent that is far from its code; 0 for never.
  public var restartAfter: Int
  public var seed: UInt64

  public init(
    epochs: Int, batch: Int, learningRate: Double, finalRate: Double, warmup: Int, weightDecay: Double,
    beta1: Double, beta2: Double, clip: Double, quantizer: VectorQuantizer.Weights, restartAfter: Int,
    seed: UInt64
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
    self.quantizer = quantizer
    self.restartAfter = restartAfter
    self.seed = seed
  }
}
