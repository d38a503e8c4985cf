import Kernels
import Models
import TestSupport
import Testing

/// `discriminator.safetensors`: results and losses of LlamaGen's discriminator (`disc.*` of the official `vq-a`), with
/// gradients by PyTorch.
@Suite struct PatchDiscriminatorTests {
  let fixture: FixtureFile
  let discriminator: PatchDiscriminator
  let real, fake: Tensor

  init() throws {
    fixture = try FixtureFile(named: "discriminator")
    discriminator = PatchDiscriminator(
      configuration: .init(imageSize: 16, imageChannels: 3, channels: 8, layers: 2))
    for parameter in discriminator.parameters {
      parameter.value.copy(from: Tensor(parameter.shape, values: fixture.floats("w." + parameter.name)))
    }
    real = Tensor(fixture.shape("real"), values: fixture.floats("real"))
    fake = Tensor(fixture.shape("fake"), values: fixture.floats("fake"))
  }

  @Test func `the parameters are those of the official state dictionary`() {
    let official = fixture.keys.filter { $0.hasPrefix("w.") }.map { String($0.dropFirst(2)) }
    #expect(discriminator.parameters.map(\.name).sorted() == official.sorted())
    for parameter in discriminator.parameters {
      #expect(parameter.shape == fixture.shape("w." + parameter.name))
    }
    #expect(discriminator.configuration.resultSize == 2)
  }

  @Test func `results, losses and every gradient agree with the official ones`() {
    let pass = DiscriminatorPass(discriminator, images: 2)
    let losses = fixture.floats("losses")
    expectAgreement(
      "D of real images", pass.result(of: real).values, fixture.floats("logits_real"), within: 1e-5)
    expectAgreement("D of fakes", pass.result(of: fake).values, fixture.floats("logits_fake"), within: 1e-5)
    let fooled = pass.fool(fake)
    expectAgreement("the generator's loss", [Float(fooled.loss)], [losses[1]], within: 1e-5)
    expectAgreement(
      "the generator's gradient", fooled.gradient.values, fixture.floats("generator_gradient"), within: 1e-4)
    #expect(discriminator.parameters.allSatisfy { $0.gradient.values.allSatisfy { $0 == 0 } })
    let learned = pass.learn(real: real, fakes: fake)
    expectAgreement("the hinge loss", [Float(learned.hinge)], [losses[0]], within: 1e-5)
    let means = [fixture.floats("logits_real"), fixture.floats("logits_fake")].map {
      $0.reduce(0, +) / Float($0.count)
    }
    expectAgreement("means of D", [Float(learned.real), Float(learned.fake)], means, within: 1e-5)
    // Of equal margins on both sides: the last bias is pushed as hard up as down.
    let last = discriminator.parameters.first { $0.name == "main.8.bias" }
    #expect(last?.gradient.values == [0])
    for parameter in discriminator.parameters where parameter !== last {
      expectAgreement(
        "gradient of \(parameter.name)", parameter.gradient.values, fixture.floats("grad." + parameter.name),
        within: 1e-4)
    }
  }

  @Test func `gradients match differences where the batch is more than one chunk`() {
    let small = PatchDiscriminator(
      configuration: .init(imageSize: 8, imageChannels: 1, channels: 4, layers: 1))
    small.initialise(seed: 4)
    for parameter in small.parameters {
      let wider = randomTensor(parameter.shape, seed: 5, deviation: 0.3)
      for index in 0..<parameter.count { parameter.value[index] += wider[index] }
    }
    let pass = DiscriminatorPass(small, images: 6)
    let (real, fake) = (randomTensor([6, 8, 8, 1], seed: 1), randomTensor([6, 8, 8, 1], seed: 2))
    // The bends of leaky ReLU and of the hinge loss leave differences a few hundredths off.
    let gradient = pass.fool(fake).gradient
    expectDifferencesMatch("fakes", fake, gradient: gradient, tolerance: 0.1) { pass.fool(fake).loss }
    _ = pass.learn(real: real, fakes: fake)
    let gradients = small.parameters.map { Tensor($0.shape, values: $0.gradient.values) }
    for (parameter, gradient) in zip(small.parameters, gradients) {
      expectDifferencesMatch(parameter.name, parameter.value, gradient: gradient, tolerance: 0.1) {
        pass.learn(real: real, fakes: fake).hinge
      }
    }
  }

  @Test func `the number of threads does not change a bit`() {
    let (_, others) = ThreadCounts.results(attempts: 2) { () -> [Float] in
      let one = PatchDiscriminator(
        configuration: .init(imageSize: 12, imageChannels: 3, channels: 4, layers: 2))
      one.initialise(seed: 4)
      let pass = DiscriminatorPass(one, images: 11)
      let (real, fake) = (randomTensor([11, 12, 12, 3], seed: 1), randomTensor([11, 12, 12, 3], seed: 2))
      let fooled = pass.fool(fake)
      _ = pass.learn(real: real, fakes: fake)
      return fooled.gradient.values + one.parameters.flatMap { $0.gradient.values }
    }
    for other in others { Issue.record("\(other.threads) threads give another discriminator") }
  }

  @Test func `layers that leave nothing of an image are known beforehand`() {
    func size(_ image: Int, _ layers: Int) -> Int {
      PatchDiscriminator.Configuration(imageSize: image, imageChannels: 1, channels: 4, layers: layers)
        .resultSize
    }
    #expect(size(28, 2) == 5 && size(32, 3) == 2 && size(256, 3) == 30)
    #expect(size(8, 3) == 0 && size(16, 3) == 0 && size(17, 3) == 0 && size(24, 3) == 1)
  }
}
