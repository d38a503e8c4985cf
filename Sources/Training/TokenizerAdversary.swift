import Kernels
import Models

/// The discriminator of a tokenizer in training: what reconstructions are to fool from some step on, and what learns in
/// the same steps to tell them from images (pipeline/method/tokenizer.md §5).
///
/// Its rate is constant and nothing is clipped, as in taming transformers. It learns from the reconstructions that the
/// tokenizer's own step was computed from, as in LlamaGen; taming decodes once more after that step.
public final class TokenizerAdversary {
  public let settings: DiscriminatorSettings
  public let discriminator: PatchDiscriminator
  /// Its parameters are all weights of the discriminator.
  public let optimizer: AdamW
  private let pass: DiscriminatorPass

  init(_ settings: DiscriminatorSettings, of tokenizer: ImageTokenizerConfiguration, batch: Int) {
    self.settings = settings
    discriminator = PatchDiscriminator(configuration: settings.configuration(of: tokenizer))
    optimizer = AdamW(
      parameters: discriminator.parameters, beta1: Float(settings.beta1), beta2: Float(settings.beta2),
      weightDecay: 0)
    pass = DiscriminatorPass(discriminator, images: batch)
  }

  func start(seed: UInt64) { discriminator.initialise(seed: seed) }

  /// Continues after `step` steps of the tokenizer, once weights and moments were loaded.
  func resume(after step: Int) { optimizer.stepCount = max(step - settings.startStep, 0) }

  /// What the reconstructions of a step are to fool, the first being step 0; nil before the start.
  func opponent(at step: Int) -> Adversary? {
    step < settings.startStep ? nil : Adversary(pass, weight: settings.weight)
  }

  /// Takes a step of the discriminator.
  func learn(real: Tensor, fakes: Tensor) -> DiscriminatorPass.Losses {
    let losses = pass.learn(real: real, fakes: fakes)
    optimizer.step(rate: Float(settings.learningRate), clip: 0)
    return losses
  }
}

extension TokenizerTrainer.FurtherSums {
  mutating func add(_ result: ImageTokenizerPass.Result, _ losses: DiscriminatorPass.Losses?) {
    perceptual += result.losses.perceptual
    adversarial += result.losses.adversarial
    guard let losses else { return }
    steps += 1
    hinge += losses.hinge
    real += losses.real
    fake += losses.fake
    weight += result.adversarialWeight
  }

  /// The means, if there was a step against the discriminator.
  var report: TokenizerTrainer.AdversaryReport? {
    guard steps > 0 else { return nil }
    let count = Double(steps)
    return TokenizerTrainer.AdversaryReport(
      losses: DiscriminatorPass.Losses(hinge: hinge / count, real: real / count, fake: fake / count),
      weight: weight / count)
  }
}
