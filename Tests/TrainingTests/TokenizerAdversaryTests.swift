import Kernels
import Layers
import Models
import Randomness
import TestSupport
import Testing
import Training

@Suite struct TokenizerAdversaryTests {
  /// 8x8 pixels: one bright row of a random shade on black.
  private static let images: [UInt8] = (0..<40).flatMap { index -> [UInt8] in
    var stream = RandomStream(seed: 3, purpose: "test.rows", UInt64(index))
    let (row, shade) = (stream.below(8), UInt8(100 + stream.below(150)))
    return (0..<64).map { $0 / 8 == row ? shade : 0 }
  }

  private static func trainer(startStep: Int = 3, change: (inout DiscriminatorSettings) -> Void = { _ in })
    -> TokenizerTrainer
  {
    let configuration = ImageTokenizerConfiguration(
      imageSize: 8, imageChannels: 1, encoder: .patch, channels: 4, multipliers: [1, 2, 2], residualBlocks: 1,
      attention: false, groups: 2, latentChannels: 8, patchWidth: 16, codes: 16, codeWidth: 4)
    var discriminator = DiscriminatorSettings(
      weight: 0.8, startStep: startStep, channels: 4, layers: 1, learningRate: 2e-3, beta1: 0.5, beta2: 0.9)
    change(&discriminator)
    let settings = TokenizerSettings(
      training: EpochSettings(
        epochs: 3, batch: 8, learningRate: 4e-3, finalRate: 0.1, warmup: 4, weightDecay: 0, clip: 1, seed: 1),
      beta1: 0.9, beta2: 0.95, commitment: 0.25, entropy: 0, restartAfter: 4, discriminator: discriminator)
    return TokenizerTrainer(ImageTokenizer(configuration: configuration), images: images, settings: settings)
  }

  private func parameters(_ trainer: TokenizerTrainer) -> [Parameter] {
    let adversary = trainer.adversary?.optimizer
    return trainer.tokenizer.parameters + trainer.optimizer.momentParameters + (adversary?.parameters ?? [])
      + (adversary?.momentParameters ?? [])
  }

  private func finished(_ trainer: TokenizerTrainer) -> [[Float]] {
    trainer.start()
    while !trainer.isFinished { _ = trainer.takeStep() }
    return parameters(trainer).map(\.value.values)
  }

  @Test func `nothing is fooled and nothing learns before the start, and both do from then on`() {
    let trainer = Self.trainer()
    trainer.start()
    guard let adversary = trainer.adversary else { return }
    let first = adversary.discriminator.parameters.map(\.value.values)
    for step in 0..<3 {
      #expect(trainer.takeStep().losses.adversarial == 0, "step \(step)")
      #expect(adversary.discriminator.parameters.map(\.value.values) == first)
    }
    #expect(trainer.takeStep().losses.adversarial != 0)
    #expect(adversary.discriminator.parameters.map(\.value.values) != first)
    // The epoch has five steps, two of them against the discriminator.
    let epoch = trainer.takeStep().epoch
    #expect(epoch?.adversary.map { $0.losses.hinge > 0 && $0.weight > 0 } == true)
    #expect(adversary.optimizer.stepCount == 2)
    #expect(Self.trainer(startStep: 1000).adversary?.optimizer.stepCount == 0)
  }

  @Test(arguments: [2, 3, 7, 10]) func `a run continued from a checkpoint is the uninterrupted run`(
    _ stop: Int
  ) {
    let whole = finished(Self.trainer())
    let first = Self.trainer()
    first.start()
    for _ in 0..<stop { _ = first.takeStep() }
    let second = Self.trainer()
    for (target, source) in zip(parameters(second), parameters(first)) {
      target.value.copy(from: source.value)
    }
    second.resume(first.state)
    while !second.isFinished { _ = second.takeStep() }
    #expect(parameters(second).map(\.value.values) == whole)
  }

  @Test func `no setting is without effect`() {
    let whole = finished(Self.trainer())
    let changes: [(String, (inout DiscriminatorSettings) -> Void)] = [
      ("weight", { $0.weight = 0.1 }), ("start_step", { $0.startStep = 5 }),
      ("channels", { $0.channels = 8 }),
      ("learning_rate", { $0.learningRate = 1e-3 }), ("beta1", { $0.beta1 = 0.9 }),
      ("beta2", { $0.beta2 = 0.99 }),
    ]
    for (name, change) in changes {
      #expect(finished(Self.trainer(change: change))[0] != whole[0], "\(name)")
    }
  }

  @Test func `settings out of range are named`() {
    var settings = DiscriminatorSettings(
      weight: 0, startStep: -1, channels: 0, layers: 9, learningRate: 0, beta1: 1, beta2: 1)
    let keys = ["weight", "start_step", "channels", "layers", "learning_rate", "beta1", "beta2"]
    #expect(settings.problems.map(\.key) == keys)
    settings = DiscriminatorSettings(
      weight: 0.8, startStep: 0, channels: 32, layers: 2, learningRate: 5e-4, beta1: 0.5, beta2: 0.9)
    #expect(settings.problems.isEmpty)
  }
}
