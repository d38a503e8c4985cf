import Foundation
import Kernels
import Models
import Randomness
import TestSupport
import Testing
import Training

/// A tokenizer's trainer is its parts put together: shuffled batches of the images' own pixels, a pass with the
/// settings' weights, an optimiser with their decay and clipping at the schedule's rate. The same bytes, step for step.
@Suite struct TokenizerTrainerStepTests {
  private static let configuration = ImageTokenizerConfiguration(
    imageSize: 8, imageChannels: 1, encoder: .patch, channels: 4, multipliers: [1, 2], residualBlocks: 1,
    attention: false, groups: 2, latentChannels: 6, patchWidth: 8, codes: 12, codeWidth: 4)
  private static let count = 19
  private static let images: [UInt8] = (0..<count * 64).map { (place: Int) -> UInt8 in
    let mixed = place * 7919 + place / 64 * 104_729
    return UInt8(mixed % 251)
  }

  /// Four steps an epoch, with three images left out of each.
  private static let settings = TokenizerSettings(
    training: EpochSettings(
      epochs: 3, batch: 4, learningRate: 4e-3, finalRate: 0.1, warmup: 3, weightDecay: 0.4, clip: 0.05,
      seed: 6), beta1: 0.8, beta2: 0.9, commitment: 0.4, entropy: 0.1, restartAfter: 0)

  private func trainer(_ settings: TokenizerSettings) -> TokenizerTrainer {
    let trainer = TokenizerTrainer(
      ImageTokenizer(configuration: Self.configuration), images: Self.images, settings: settings)
    trainer.start()
    return trainer
  }

  private func parameters(_ tokenizer: ImageTokenizer) -> [Float] {
    tokenizer.parameters.flatMap(\.value.values)
  }

  private func trained(_ settings: TokenizerSettings) -> [Float] {
    let trainer = trainer(settings)
    while !trainer.isFinished { _ = trainer.takeStep() }
    return parameters(trainer.tokenizer)
  }

  /// From the same start, all steps taken by hand.
  private func byHand(_ settings: TokenizerSettings) -> [Float] {
    let tokenizer = ImageTokenizer(configuration: Self.configuration)
    for (own, started) in zip(tokenizer.parameters, trainer(settings).tokenizer.parameters) {
      own.value.copy(from: started.value)
    }
    let pass = ImageTokenizerPass(tokenizer, images: 4)
    let optimizer = AdamW(
      parameters: tokenizer.parameters, beta1: Float(settings.beta1), beta2: Float(settings.beta2),
      weightDecay: Float(settings.weightDecay))
    for step in 0..<12 {
      var stream = RandomStream(seed: settings.seed, purpose: "tokenizer.order", UInt64(step / 4))
      let chosen = stream.permutation(Self.count)[step % 4 * 4..<(step % 4 + 1) * 4]
      let pixels = chosen.flatMap { Self.images[$0 * 64..<($0 + 1) * 64] }
      _ = pass.run(
        Tensor([4, 8, 8, 1], values: pixels.map { Float($0) / 127.5 - 1 }),
        weights: .init(codebook: 1, commitment: Float(settings.commitment), entropy: Float(settings.entropy)))
      let progress = Double(step - settings.warmup) / Double(12 - settings.warmup)
      let share = settings.finalRate + (1 - settings.finalRate) * 0.5 * (1 + cos(Double.pi * progress))
      let warm = step < settings.warmup ? Double(step + 1) / Double(settings.warmup) : share
      optimizer.step(rate: Float(settings.learningRate * warm), clip: Float(settings.clip))
    }
    return parameters(tokenizer)
  }

  @Test func `a run is its steps taken by hand, and no setting is without effect`() {
    let whole = trained(Self.settings)
    expectAgreement("the tokenizer after a run", whole, byHand(Self.settings), within: 1e-5)
    let changes: [(String, (inout TokenizerSettings) -> Void)] = [
      ("weight decay", { $0.weightDecay = 0 }), ("clip", { $0.clip = 0 }), ("beta1", { $0.beta1 = 0.7 }),
      ("beta2", { $0.beta2 = 0.8 }), ("warm-up", { $0.warmup = 0 }), ("final rate", { $0.finalRate = 0.2 }),
      ("commitment", { $0.commitment = 0 }), ("entropy", { $0.entropy = 0 }),
    ]
    for (name, change) in changes {
      var settings = Self.settings
      change(&settings)
      let parameters = trained(settings)
      #expect(largestDifference(parameters, whole) > 1e-4, "\(name)")
      expectAgreement("the tokenizer with another \(name)", parameters, byHand(settings), within: 1e-5)
    }
  }

  @Test func `every epoch is a shuffle of its own`() {
    let orders = (0..<3).map { epoch -> [Int] in
      var stream = RandomStream(seed: 6, purpose: "tokenizer.order", UInt64(epoch))
      return stream.permutation(Self.count)
    }
    #expect(Set(orders).count == 3)
  }
}
