import Kernels
import Layers
import Models
import Randomness
import TestSupport
import Testing
import Training

/// What a tokenizer's run does at each step, told again from the documented random streams.
@Suite struct TokenizerBatchTests {
  private static let configuration = ImageTokenizerConfiguration(
    imageSize: 8, imageChannels: 1, encoder: .patch, channels: 4, multipliers: [1, 2, 2], residualBlocks: 1,
    attention: false, groups: 2, latentChannels: 8, patchWidth: 16, codes: 16, codeWidth: 4)

  /// Images of 8x8 pixels that all differ.
  private static func images(_ count: Int) -> [UInt8] {
    var stream = RandomStream(seed: 3, purpose: "test.noise")
    return (0..<count * 64).map { _ in UInt8(stream.below(256)) }
  }

  private static func trainer(_ images: [UInt8], batch: Int, restartAfter: Int = 0) -> TokenizerTrainer {
    TokenizerTrainer(
      ImageTokenizer(configuration: configuration), images: images,
      settings: TokenizerSettings(
        training: EpochSettings(
          epochs: 9, batch: batch, learningRate: 4e-3, finalRate: 0.1, warmup: 4, weightDecay: 0, clip: 1,
          seed: 6), beta1: 0.9, beta2: 0.95, commitment: 0.25, entropy: 0, restartAfter: restartAfter))
  }

  @Test func `each epoch's batch is the beginning of an order of its own`() throws {
    let (count, batch) = (20, 16)
    let bytes = Self.images(count)
    let trainer = Self.trainer(bytes, batch: batch)
    trainer.start()
    for epoch in 0..<4 {
      var stream = RandomStream(seed: 6, purpose: "tokenizer.order", UInt64(epoch))
      let chosen = stream.permutation(count).prefix(batch)
      let values = chosen.flatMap { ImageTokenizer.values(bytes[$0 * 64..<($0 + 1) * 64]) }
      let copy = ImageTokenizer(configuration: Self.configuration)
      for (to, from) in zip(copy.parameters, trainer.tokenizer.parameters) { to.value.copy(from: from.value) }
      let expected = ImageTokenizerPass(copy, images: batch).run(
        Tensor([batch, 8, 8, 1], values: values), weights: .init(codebook: 1, commitment: 0.25, entropy: 0))
      #expect(try #require(trainer.takeStep().epoch).losses == expected.losses, "epoch \(epoch)")
    }
  }

  @Test func `codes start on latents drawn by their distance from the codes so far`() {
    let bytes = Self.images(90)
    let trainer = Self.trainer(bytes, batch: 16)
    trainer.start()
    // 16 images a code, four locations an image: 64 images.
    let model = ImageTokenizer(configuration: Self.configuration)
    model.initialise(seed: 6)
    var order = RandomStream(seed: 6, purpose: "tokenizer.order", 0)
    let values = order.permutation(90).prefix(64).flatMap {
      ImageTokenizer.values(bytes[$0 * 64..<($0 + 1) * 64])
    }
    let units = VectorQuantizer.unit(model.latents(images: values, count: 64))
    var distances = [Double](repeating: 4, count: 256)
    var stream = RandomStream(seed: 6, purpose: "tokenizer.codes")
    for code in 0..<16 {
      _ = stream.below(256)
      var rest = stream.uniform() * distances.reduce(0, +)
      let row = distances.firstIndex { distance in
        rest -= distance
        return rest < 0
      }
      let chosen = row ?? 255
      #expect(
        (0..<4).allSatisfy {
          trainer.tokenizer.quantizer.embedding.value.row(code)[$0] == units.row(chosen)[$0]
        })
      for other in 0..<256 {
        var cosine: Float = 0
        for i in 0..<4 { cosine += units.row(chosen)[i] * units.row(other)[i] }
        distances[other] = min(distances[other], max(Double(2 - 2 * cosine), 0))
      }
      distances[chosen] = 0
    }
  }

  @Test func `a code that is placed anew forgets its moments`() {
    let trainer = Self.trainer(Self.images(96), batch: 4, restartAfter: 1)
    trainer.start()
    var seen = 0
    for _ in 0..<20 {
      let before = trainer.state.uses
      _ = trainer.takeStep()
      // Chosen at an earlier step of the epoch, but not at this one: placed anew.
      for code in 0..<16 where before[code] > 0 && trainer.state.uses[code] == before[code] {
        seen += 1
        for parameter in trainer.optimizer.momentParameters
        where parameter.name.hasPrefix("quantize.embedding.weight.") {
          #expect(
            (0..<4).allSatisfy { parameter.value.row(code)[$0] == 0 }, "\(parameter.name) of code \(code)")
        }
      }
    }
    #expect(seen > 10)
  }

  @Test func `checkpoints name the first moments first`() {
    let weight = Parameter("w", Tensor([2], values: [1, 2]))
    let optimizer = AdamW(parameters: [weight], beta1: 0.75, beta2: 0.5, weightDecay: 0)
    weight.gradient.copy(from: Tensor([2], values: [4, -8]))
    optimizer.step(rate: 0.1, clip: 0)
    let moments = optimizer.momentParameters
    #expect(moments.map(\.name) == ["w.first", "w.second"])
    #expect(moments[0].value.values == [1, -2])
    #expect(moments[1].value.values == [8, 32])
  }
}
