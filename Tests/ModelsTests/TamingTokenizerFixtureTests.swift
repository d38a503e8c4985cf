import Kernels
import Layers
import Models
import TestSupport
import Testing

/// `vqgan-a.safetensors`: two 32x32 images through the official taming transformers classes.
@Suite struct TamingTokenizerFixtureTests {
  let fixture: FixtureFile
  let tokenizer: ImageTokenizer

  init() throws {
    fixture = try FixtureFile(named: "vqgan-a")
    tokenizer = ImageTokenizer(
      configuration: ImageTokenizerConfiguration(
        imageSize: 32, imageChannels: 3, encoder: .convolutional, channels: 32, multipliers: [1, 1, 2],
        residualBlocks: 1, attention: true, attentionLevels: [2], groups: 32, latentChannels: 16,
        patchWidth: 1, codes: 40, codeWidth: 12, distance: .euclidean, keys: .taming))
    for parameter in tokenizer.parameters {
      let key = "param." + parameter.name
      #expect(fixture.shape(key) == parameter.value.shape)
      parameter.value.copy(from: Tensor(parameter.value.shape, values: fixture.floats(key)))
    }
  }

  /// Images in [-1, 1], NHWC.
  private var images: [Float] { fixture.channelsLast("image01").map { 2 * $0 - 1 } }

  @Test func `the parameters are those of the official state dictionary`() {
    let official = fixture.keys.filter { $0.hasPrefix("param.") }.map { String($0.dropFirst(6)) }
    #expect(tokenizer.parameters.map(\.name).sorted() == official.sorted())
  }

  @Test func `latents, codes and reconstructions agree with the official ones`() {
    let latents = tokenizer.latents(images: images, count: 2)
    expectAgreement("taming latents", latents.values, fixture.channelsLast("z"), within: 2e-5)
    let codes = tokenizer.encode(images: images, count: 2)
    #expect(codes == fixture.ints("indices"))
    let vectors = tokenizer.quantizer.usedCodes()
    let chosen = tokenizer.quantizer.lookUp(codes.map { Int32($0) }, codes: vectors, shape: [128, 12])
    #expect(chosen.values == fixture.channelsLast("z_q"))
    let reconstruction = tokenizer.decodedValues(codes: codes, count: 2)
    expectAgreement(
      "taming reconstruction", reconstruction, fixture.channelsLast("reconstruction"), within: 2e-5)
    let bytes = tokenizer.decode(codes: codes, count: 2)
    let expected = fixture.channelsLast("reconstruction01").map { $0 * 255 }
    #expect(bytes.count == expected.count)
    #expect(zip(bytes, expected).allSatisfy { abs(Float($0) - $1) <= 0.51 })
  }

  /// The loss is l1 + commitment + 0.25 · codebook, as the official weights were trained with.
  @Test func `every gradient agrees with the official one`() throws {
    let input = Tensor([2, 32, 32, 3], values: images)
    let below = LayerSequence([tokenizer.encoder, tokenizer.quantConvolution])
    let above = LayerSequence([tokenizer.postQuantConvolution, tokenizer.decoder])
    let (savedBelow, savedAbove) = (Activations(), Activations())
    let latents = below.forward(input, saving: savedBelow)
    let quantized = tokenizer.quantizer.forward(
      Tensor([128, 12], values: latents.values), weights: .init(codebook: 0.25, commitment: 1))
    expectAgreement(
      "taming losses", [Float(quantized.commitmentLoss), Float(4 * quantized.codebookLoss)],
      [0.07418623, 0.07418623],
      within: 1e-6)
    let output = above.forward(
      Tensor([2, 8, 8, 12], values: quantized.values.values), saving: savedAbove)
    let differences = zip(output.values, input.values).map { $0 - $1 }
    let mean = differences.reduce(0) { $0 + Double(abs($1)) } / Double(differences.count)
    expectAgreement("taming l1", [Float(mean)], [0.60207826], within: 1e-6)
    let slope = 1 / Float(differences.count)
    let gradient = above.backward(
      Tensor(output.shape, values: differences.map { $0 > 0 ? slope : -slope }), from: savedAbove)
    tokenizer.quantizer.backward(gradient, firstRow: 0, of: quantized)
    _ = below.backward(gradient, from: savedBelow)
    try expectGradients(of: tokenizer, matching: fixture, facts: "vqgan-a", within: 5e-5)
  }

  @Test func `ties between codes go to the first, whatever their lengths`() {
    let quantizer = VectorQuantizer(codes: 4, width: 2, distance: .euclidean)
    for (index, value) in [3, 0, 1, 0, 1, 0, 0, 1].enumerated() {
      quantizer.embedding.value[index] = Float(value)
    }
    let latents = Tensor([4, 2], values: [2.5, 0, 1, 0, 2, 0, 0, 0.9])
    // The third latent is as far from the first code as from the second.
    #expect(quantizer.nearest(latents, codes: quantizer.usedCodes()) == [0, 1, 0, 3])
  }
}
