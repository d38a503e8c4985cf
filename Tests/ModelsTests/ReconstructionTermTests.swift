import Kernels
import Models
import TestSupport
import Testing

/// Further terms of a tokenizer's loss: a criterion with its weight, and a discriminator with the weight that taming
/// transformers adapt.
@Suite struct ReconstructionTermTests {
  /// A criterion that is linear in the reconstruction, so that its gradient is known: Σ direction · reconstruction of
  /// the images at their places in the batch, which it finds by their targets.
  private struct Linear: ReconstructionCriterion {
    let batch, direction: Tensor

    func add(_ reconstruction: Tensor, target: Tensor, share: Float, to gradient: Tensor) -> Double {
      let size = batch.count / batch.shape[0]
      var sum = 0.0
      for image in 0..<reconstruction.shape[0] {
        let values = (0..<size).map { target[image * size + $0] }
        let place = (0..<batch.shape[0]).first { place in
          (0..<size).allSatisfy { batch[place * size + $0] == values[$0] }
        }
        for index in 0..<size {
          let factor = direction[(place ?? 0) * size + index]
          sum += Double(factor * reconstruction[image * size + index])
          gradient[image * size + index] += share * factor
        }
      }
      return sum
    }
  }

  private let batch = randomTensor([10, 8, 8, 1], seed: 3, deviation: 0.4)
  private let tokenizer: ImageTokenizer
  private let discriminator = PatchDiscriminator(
    configuration: .init(imageSize: 8, imageChannels: 1, channels: 4, layers: 1))

  init() {
    tokenizer = ImageTokenizer(
      configuration: ImageTokenizerConfiguration(
        imageSize: 8, imageChannels: 1, encoder: .patch, channels: 4, multipliers: [1, 2, 2],
        residualBlocks: 1,
        attention: false, groups: 2, latentChannels: 8, patchWidth: 16, codes: 12, codeWidth: 4))
    tokenizer.initialise(seed: 2)
    discriminator.initialise(seed: 5)
    for parameter in discriminator.parameters where parameter.shape.count > 1 {
      parameter.value.copy(from: randomTensor(parameter.shape, seed: 7, deviation: 0.3))
    }
  }

  private var lastKernel: [Float] {
    tokenizer.parameters.first { $0.name == "decoder.conv_out.weight" }?.gradient.values ?? []
  }

  /// All gradients of one pass, and its result.
  private func gradients(
    _ term: ReconstructionTerm? = nil, _ adversary: Adversary? = nil
  ) -> (all: [Float], last: [Float], result: ImageTokenizerPass.Result) {
    tokenizer.arena.gradients.fill(0)
    let result = ImageTokenizerPass(tokenizer, images: 10, term: term).run(
      batch, weights: .init(), adversary: adversary)
    return (tokenizer.parameters.flatMap(\.gradient.values), lastKernel, result)
  }

  @Test func `a term adds its weighted mean and its gradient`() {
    let direction = randomTensor(batch.shape, seed: 9)
    let plain = gradients()
    let (once, twice) = (
      gradients(ReconstructionTerm(Linear(batch: batch, direction: direction), weight: 5)),
      gradients(ReconstructionTerm(Linear(batch: batch, direction: direction), weight: 10))
    )
    #expect(plain.result.losses.perceptual == 0 && once.result.losses.perceptual != 0)
    #expect(abs(twice.result.losses.perceptual / once.result.losses.perceptual - 2) < 1e-6)
    #expect(once.result.losses.reconstruction == plain.result.losses.reconstruction)
    #expect(
      abs(once.result.losses.total - plain.result.losses.total - once.result.losses.perceptual) < 1e-9)
    let (small, large) = (zip(once.all, plain.all).map(-), zip(twice.all, plain.all).map(-))
    expectAgreement("twice the weight", large, small.map { 2 * $0 }, within: 1e-4)

    // Against differences: codes do not depend on the decoder.
    let kernel = tokenizer.parameters.first { $0.name == "decoder.conv_out.weight" }
    guard let kernel else { return }
    let gradient = Tensor(kernel.shape, values: once.last)
    expectDifferencesMatch("the last kernel", kernel.value, gradient: gradient, tolerance: 2e-2) {
      let losses = gradients(ReconstructionTerm(Linear(batch: batch, direction: direction), weight: 5)).result
        .losses
      return losses.reconstruction + losses.perceptual
    }
  }

  @Test func `the generator's loss has a weight that makes both gradients of the last kernel equal`() {
    let pass = DiscriminatorPass(discriminator, images: 10)
    let plain = gradients()
    let found = gradients(nil, Adversary(pass, weight: 0.8))
    #expect(plain.result.fakes == nil && plain.result.losses.adversarial == 0)
    guard let fakes = found.result.fakes else { return }
    let fooled = pass.fool(fakes)
    // Its gradient alone, by a linear term that has it: weight 10 undoes the mean over the images.
    let linear = Linear(batch: batch, direction: fooled.gradient)
    let both = gradients(ReconstructionTerm(linear, weight: 10))
    let own = zip(both.last, plain.last).map(-)
    func length(_ x: [Float]) -> Double { x.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
    let weight = 0.8 * length(plain.last) / (length(own) + 1e-4)
    #expect(abs(found.result.adversarialWeight / weight - 1) < 1e-3)
    #expect(abs(found.result.losses.adversarial / (weight * fooled.loss) - 1) < 1e-3)
    let expected = zip(plain.all, zip(both.all, plain.all).map(-)).map { $0 + Float(weight) * $1 }
    expectAgreement("gradients against a discriminator", found.all, expected, within: 1e-3)
    #expect(discriminator.parameters.allSatisfy { $0.gradient.values.allSatisfy { $0 == 0 } })
  }

  @Test func `the adapted weight has a ceiling`() {
    for parameter in discriminator.parameters where parameter.name == "main.5.weight" {
      parameter.value.fill(0)
    }
    let found = gradients(nil, Adversary(DiscriminatorPass(discriminator, images: 10), weight: 0.5))
    let own = found.last.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(abs(found.result.adversarialWeight / (0.5 * min(own / 1e-4, 1e4)) - 1) < 1e-3)
  }

  @Test func `the number of threads does not change a bit`() {
    let (_, others) = ThreadCounts.results(attempts: 2) { () -> [Float] in
      let term = ReconstructionTerm(
        Linear(batch: batch, direction: randomTensor(batch.shape, seed: 9)), weight: 5)
      return gradients(term, Adversary(DiscriminatorPass(discriminator, images: 10), weight: 0.8)).all
    }
    for other in others { Issue.record("\(other.threads) threads give other gradients") }
  }
}
