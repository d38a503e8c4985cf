import Kernels
import Layers
import Models
import TestSupport
import Testing

/// `vq-a.safetensors`: two 16x16 colour images through the official LlamaGen classes, with every gradient's
/// norm.
@Suite struct ImageTokenizerFixtureTests {
  let fixture: FixtureFile
  let tokenizer: ImageTokenizer

  init() throws {
    fixture = try FixtureFile(named: "vq-a")
    tokenizer = ImageTokenizer(
      configuration: ImageTokenizerConfiguration(
        imageSize: 16, imageChannels: 3, encoder: .convolutional, channels: 32, multipliers: [1, 2],
        residualBlocks: 1, attention: true, groups: 32, latentChannels: 16, patchWidth: 1, codes: 64,
        codeWidth: 8))
    for parameter in tokenizer.parameters {
      #expect(fixture.shape("w." + parameter.name) == parameter.value.shape)
      parameter.value.copy(from: Tensor(parameter.value.shape, values: fixture.floats("w." + parameter.name)))
    }
  }

  @Test func `the parameters are those of the official state dictionary`() {
    let official = fixture.keys.filter { $0.hasPrefix("w.") }.map { String($0.dropFirst(2)) }
    #expect(tokenizer.parameters.map(\.name).sorted() == official.sorted())
  }

  @Test func `latents, codes and reconstructions agree with the official ones`() {
    let images = Tensor([2, 16, 16, 3], values: fixture.channelsLast("in.image"))
    let encoded = tokenizer.encoder.forward(images, saving: nil)
    expectAgreement(
      "the encoder's output", encoded.values, fixture.channelsLast("mid.encoder_out"), within: 1.2e-5)
    let latents = tokenizer.latents(images: images.values, count: 2)
    expectAgreement("latents", latents.values, fixture.channelsLast("mid.quant_conv"), within: 1.2e-5)
    let codes = tokenizer.encode(images: fixture.channelsLast("in.image"), count: 2)
    #expect(codes == fixture.ints("out.indices"))
    let vectors = tokenizer.quantizer.usedCodes()
    let chosen = tokenizer.quantizer.lookUp(codes.map { Int32($0) }, codes: vectors, shape: [128, 8])
    expectAgreement("codes chosen", chosen.values, fixture.channelsLast("out.quant"), within: 1e-6)
    let reconstruction = tokenizer.decodedValues(codes: codes, count: 2)
    expectAgreement("reconstruction", reconstruction, fixture.channelsLast("out.recon"), within: 2e-5)
    expectAgreement(
      "reconstruction from codes", reconstruction, fixture.channelsLast("out.recon_from_codes"), within: 2e-5)
    // A value within rounding of a whole number may fall to either side.
    let bytes = tokenizer.decode(codes: codes, count: 2)
    let expected = fixture.ints("out.recon_u8")
    #expect(bytes.count == expected.count)
    #expect(zip(bytes, expected).allSatisfy { abs(Int($0) - $1) <= 1 })
    #expect(zip(bytes, expected).filter { Int($0) != $1 }.count <= 2)
  }

  @Test func `losses and every gradient agree with the official ones`() throws {
    let batch = Tensor([2, 16, 16, 3], values: fixture.channelsLast("in.image"))
    let result = ImageTokenizerPass(tokenizer, images: 2).run(
      batch, weights: .init(codebook: 1, commitment: 0.25, entropy: 0.1))
    #expect(result.indices.map { Int($0) } == fixture.ints("out.indices"))
    let losses = result.losses
    let found = [losses.reconstruction, losses.codebook, losses.commitment, losses.entropy, losses.total]
    for (index, (value, expected)) in zip(found, fixture.floats("train.losses")).enumerated() {
      expectAgreement("tokenizer loss \(index)", [Float(value)], [expected], within: 1.5e-5)
    }
    // What goes through the entropy term is ill-conditioned: three kernel sets of OpenBLAS give 3e-5 to 1e-4.
    try expectGradients(of: tokenizer, matching: fixture, facts: "vq-a", within: 4e-4)
  }
}
