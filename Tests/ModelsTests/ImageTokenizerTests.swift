import Kernels
import Layers
import Models
import Randomness
import Testing

@Suite struct ImageTokenizerTests {
  static func configuration(_ encoder: ImageTokenizerConfiguration.Encoder) -> ImageTokenizerConfiguration {
    ImageTokenizerConfiguration(
      imageSize: 8, imageChannels: 1, encoder: encoder, channels: 4, multipliers: [1, 2, 2],
      residualBlocks: 1,
      attention: false, groups: 4, latentChannels: 6, patchWidth: 10, codes: 12, codeWidth: 5)
  }

  static func tokenizer(_ encoder: ImageTokenizerConfiguration.Encoder) -> ImageTokenizer {
    let tokenizer = ImageTokenizer(configuration: configuration(encoder))
    tokenizer.initialise(seed: 5)
    return tokenizer
  }

  static func images(_ count: Int) -> [Float] {
    var stream = RandomStream(seed: 2, purpose: "test.images")
    return (0..<count * 64).map { _ in Float(2 * stream.uniform() - 1) }
  }

  @Test func `the official tokenizer's sizes give its number of parameters`() {
    let tokenizer = ImageTokenizer(
      configuration: ImageTokenizerConfiguration(
        imageSize: 256, imageChannels: 3, encoder: .convolutional, channels: 128,
        multipliers: [1, 1, 2, 2, 4],
        residualBlocks: 2, attention: true, groups: 32, latentChannels: 256, patchWidth: 1, codes: 16_384,
        codeWidth: 8))
    #expect(tokenizer.parameterCount == 71_883_403)
    #expect(tokenizer.encoder.parameters.reduce(0) { $0 + $1.value.count } == 29_298_176)
    // The official 344 tensors include the usage buffer of the codebook.
    #expect(tokenizer.parameters.count == 343)
    #expect(tokenizer.configuration.gridSize == 16)
  }

  @Test
  func `a canvas of the tokenizer's own size is an image, a larger one repeats what does not see its edges`()
  {
    let tokenizer = Self.tokenizer(.patch)
    let codes = [3, 7, 0, 11]
    #expect(tokenizer.decode(canvas: codes, height: 2, width: 2) == tokenizer.decode(codes: codes, count: 1))
    let wide = tokenizer.decode(canvas: [Int](repeating: 5, count: 12 * 30), height: 12, width: 30)
    #expect(wide.count == 12 * 4 * 30 * 4)
    // One code everywhere: cells far from the edges look alike.
    func row(_ cell: Int) -> [UInt8] { Array(wide[(24 * 120 + cell * 4)..<(24 * 120 + cell * 4 + 4)]) }
    #expect(row(14) == row(15) && row(14) == row(16))
  }

  @Test(arguments: [ImageTokenizerConfiguration.Encoder.convolutional, .patch])
  func `threads and neighbours change nothing`(_ encoder: ImageTokenizerConfiguration.Encoder) {
    let images = Self.images(21)
    var results: [[Float]] = []
    var codes: [[Int]] = []
    for threads in [1, 2, 3] {
      Parallel.configure(threads: threads)
      let tokenizer = Self.tokenizer(encoder)
      codes.append(tokenizer.encode(images: images, count: 21))
      let batch = Tensor([21, 8, 8, 1], values: images)
      _ = ImageTokenizerPass(tokenizer, images: 21).run(batch, weights: .init(entropy: 0.1))
      results.append(tokenizer.parameters.flatMap(\.gradient.values))
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    #expect(codes[0] == codes[1] && codes[0] == codes[2])
    let tokenizer = Self.tokenizer(encoder)
    let single = (0..<21).flatMap {
      tokenizer.encode(images: Array(images[$0 * 64..<($0 + 1) * 64]), count: 1)
    }
    #expect(single == codes[0])
    let bytes = tokenizer.decode(codes: single, count: 21)
    #expect(bytes.count == 21 * 64)
    #expect(Array(bytes[64 * 20..<64 * 21]) == tokenizer.decode(codes: Array(single.suffix(4)), count: 1))
  }

  @Test(arguments: [ImageTokenizerConfiguration.Encoder.convolutional, .patch])
  func `some of many images have the bytes that decoding all gives`(
    _ encoder: ImageTokenizerConfiguration.Encoder
  ) {
    let tokenizer = Self.tokenizer(encoder)
    let codes = (0..<21 * 4).map { $0 * 7 % tokenizer.configuration.codes }
    let all = tokenizer.decode(codes: codes, count: 21)
    for range in [0..<21, 0..<1, 3..<4, 2..<9, 4..<8, 17..<21, 20..<21, 5..<5] {
      let part = Array(codes[range.lowerBound * 4..<range.upperBound * 4])
      let bytes = tokenizer.decode(codes: part, of: range, among: 21)
      #expect(bytes == Array(all[range.lowerBound * 64..<range.upperBound * 64]), "\(range)")
    }
  }

  @Test(arguments: [ImageTokenizerConfiguration.Encoder.convolutional, .patch])
  func `a second pass adds the same gradients again`(_ encoder: ImageTokenizerConfiguration.Encoder) {
    let tokenizer = Self.tokenizer(encoder)
    let batch = Tensor([10, 8, 8, 1], values: Self.images(10))
    let pass = ImageTokenizerPass(tokenizer, images: 10)
    let first = pass.run(batch, weights: .init())
    let once = tokenizer.parameters.map(\.gradient.values)
    let second = pass.run(batch, weights: .init())
    #expect(first.losses == second.losses)
    for (parameter, gradient) in zip(tokenizer.parameters, once) {
      // Chunks are added to what is there, so that only rounding differs.
      let scale = gradient.map(abs).max() ?? 0
      #expect(zip(parameter.gradient.values, gradient).allSatisfy { abs($0 - 2 * $1) <= 1e-5 * scale })
    }
  }

  @Test func `decoder gradients match differences of the reconstruction loss`() {
    // Codes do not depend on the decoder, so that its loss is smooth.
    let tokenizer = Self.tokenizer(.patch)
    let batch = Tensor([10, 8, 8, 1], values: Self.images(10))
    let pass = ImageTokenizerPass(tokenizer, images: 10)
    _ = pass.run(batch, weights: .init())
    let gradients = tokenizer.parameters.map(\.gradient.values)
    var stream = RandomStream(seed: 4, purpose: "test.indices")
    for (parameter, gradient) in zip(tokenizer.parameters, gradients)
    where parameter.name.hasPrefix("decoder") {
      let index = stream.below(parameter.value.count)
      let original = parameter.value[index]
      var sides: [Double] = []
      for step: Float in [1e-2, -1e-2] {
        parameter.value[index] = original + step
        sides.append(pass.run(batch, weights: .init()).losses.reconstruction)
      }
      parameter.value[index] = original
      let expected = Float((sides[0] - sides[1]) / 2e-2)
      let scale = gradient.map(abs).max() ?? 0
      #expect(abs(gradient[index] - expected) <= 0.02 * scale + 1e-5, "\(parameter.name)")
    }
  }

  @Test func `a patch's code depends on that patch alone`() {
    let tokenizer = Self.tokenizer(.patch)
    let images = Self.images(1)
    let codes = tokenizer.latents(images: images, count: 1).values
    var changed = images
    for row in 0..<4 { for column in 4..<8 { changed[row * 8 + column] = 0.5 } }
    let after = tokenizer.latents(images: changed, count: 1).values
    #expect(Array(codes[0..<5]) == Array(after[0..<5]))
    #expect(Array(codes[5..<10]) != Array(after[5..<10]))
    #expect(Array(codes[10...]) == Array(after[10...]))
  }

  @Test func `the longest latent does not win, the largest cosine does`() {
    let quantizer = VectorQuantizer(codes: 3, width: 2)
    for (index, value) in [Float(10), 0, 0, 0.1, -3, -3].enumerated() {
      quantizer.embedding.value[index] = value
    }
    let codes = quantizer.usedCodes()
    #expect(codes.values[0...1] == [1, 0])
    #expect(quantizer.nearest(Tensor([2, 2], values: [0.2, 0.3, -1, -0.5]), codes: codes) == [1, 2])
  }

  @Test func `sizes that cannot be built are named`() {
    var bad = Self.configuration(.patch)
    #expect(bad.problem == nil)
    bad.imageSize = 10
    #expect(bad.problem == "3 levels need an image size that is a multiple of 4, found 10")
    bad = Self.configuration(.patch)
    bad.codes = 70_000
    #expect(bad.problem == "codes must be in 2...65,536, found 70000")
    bad = Self.configuration(.patch)
    bad.multipliers = []
    #expect(bad.problem == "multipliers must be 1 to 10 positive integers, found []")
  }
}
