import Foundation
import Kernels
import Layers
import Models
import Randomness
import TestSupport
import Testing
import Training

@Suite struct TokenizerTrainerTests {
  /// Images of 8x8 pixels: one bright row of a random shade on black.
  private static func rows(_ count: Int) -> [UInt8] {
    (0..<count).flatMap { index -> [UInt8] in
      var stream = RandomStream(seed: 3, purpose: "test.rows", UInt64(index))
      let (row, shade) = (stream.below(8), UInt8(100 + stream.below(150)))
      return (0..<64).map { $0 / 8 == row ? shade : 0 }
    }
  }

  private static func trainer(
    codes: Int = 16, epochs: Int = 8, restartAfter: Int = 10, images: [UInt8]? = nil
  ) -> TokenizerTrainer {
    let configuration = ImageTokenizerConfiguration(
      imageSize: 8, imageChannels: 1, encoder: .patch, channels: 4, multipliers: [1, 2, 2], residualBlocks: 1,
      attention: false, groups: 2, latentChannels: 8, patchWidth: 16, codes: codes, codeWidth: 4)
    let settings = TokenizerSettings(
      training: EpochSettings(
        epochs: epochs, batch: 16, learningRate: 4e-3, finalRate: 0.1, warmup: 4, weightDecay: 0, clip: 1,
        seed: 1), beta1: 0.9, beta2: 0.95, commitment: 0.25, entropy: 0, restartAfter: restartAfter)
    return TokenizerTrainer(
      ImageTokenizer(configuration: configuration), images: images ?? rows(200), settings: settings)
  }

  @Test func `training lowers the error and uses the codes`() throws {
    let trainer = Self.trainer(epochs: 20)
    #expect(trainer.stepsPerEpoch == 12)
    trainer.start()
    let before = TokenizerEvaluation(trainer.tokenizer, images: Self.rows(50))
    var reports: [TokenizerTrainer.EpochReport] = []
    while !trainer.isFinished { if let report = trainer.takeStep().epoch { reports.append(report) } }
    let after = TokenizerEvaluation(trainer.tokenizer, images: Self.rows(50))
    #expect(reports.map(\.epoch) == Array(1...20))
    #expect(try #require(reports.last).losses.total < 0.5 * reports[0].losses.total)
    #expect(after.psnr > before.psnr + 5)
    #expect(try #require(reports.last).usage >= 0.9)
    #expect(reports.allSatisfy { $0.losses.entropy == 0 && $0.gradientNorm > 0 })
  }

  @Test(arguments: [5, 12, 13]) func `a run continued from a checkpoint is the uninterrupted run`(_ stop: Int)
  {
    func bytes(_ trainer: TokenizerTrainer) -> [[Float]] {
      (trainer.tokenizer.parameters + trainer.optimizer.momentParameters).map(\.value.values)
    }
    let whole = Self.trainer(epochs: 2, restartAfter: 4)
    whole.start()
    let first = Self.trainer(epochs: 2, restartAfter: 4)
    first.start()
    for _ in 0..<stop { _ = first.takeStep() }
    let second = Self.trainer(epochs: 2, restartAfter: 4)
    let pairs = zip(
      second.tokenizer.parameters + second.optimizer.momentParameters,
      first.tokenizer.parameters + first.optimizer.momentParameters)
    for (target, source) in pairs { target.value.copy(from: source.value) }
    second.resume(first.state)
    var reports: [TokenizerTrainer.EpochReport] = []
    while !whole.isFinished { if let report = whole.takeStep().epoch { reports.append(report) } }
    var continued: [TokenizerTrainer.EpochReport] = []
    while !second.isFinished { if let report = second.takeStep().epoch { continued.append(report) } }
    #expect(bytes(second) == bytes(whole))
    #expect(second.state == whole.state)
    #expect(continued == Array(reports.suffix(continued.count)) && continued.count == (stop < 12 ? 2 : 1))
  }

  @Test func `the number of threads does not change a bit`() {
    let (_, others) = ThreadCounts.results(attempts: 2) { () -> [Float] in
      let trainer = Self.trainer(epochs: 1)
      trainer.start()
      while !trainer.isFinished { _ = trainer.takeStep() }
      let images = Self.rows(40)
      let codes = trainer.tokenizer.encode(images: ImageTokenizer.values(images[...]), count: 40)
      return trainer.tokenizer.parameters.flatMap { $0.value.values } + codes.map(Float.init)
        + trainer.tokenizer.decode(codes: codes, count: 40).map(Float.init)
    }
    for other in others { Issue.record("\(other.threads) threads train another tokenizer") }
  }

  @Test func `codes that nothing uses are placed on latents`() {
    // One image: at most four different patches, so that most of 16 codes cannot be used.
    let image = Array(Self.rows(1))
    let trainer = Self.trainer(
      epochs: 1, restartAfter: 3, images: Array(repeating: image, count: 64).flatMap { $0 })
    trainer.start()
    for _ in 0..<3 { _ = trainer.takeStep() }
    #expect(trainer.state.restarts > 8)
    #expect(trainer.state.lastUse.allSatisfy { $0 > 0 })
    // Those placed anew lie together on the few directions that occur.
    let codes = trainer.tokenizer.quantizer.usedCodes()
    var directions = Set<[Int]>()
    for code in 0..<16 { directions.insert((0..<4).map { Int((codes.row(code)[$0] * 10).rounded()) }) }
    #expect(directions.count <= 8)
  }

  @Test func `the evaluation counts codes and squares`() {
    let trainer = Self.trainer()
    trainer.start()
    let images = Self.rows(20)
    let measured = TokenizerEvaluation(trainer.tokenizer, images: images)
    let codes = trainer.tokenizer.encode(images: ImageTokenizer.values(images[...]), count: 20)
    let decoded = trainer.tokenizer.decode(codes: codes, count: 20)
    let squares = zip(images, decoded).reduce(0.0) {
      $0 + Double((Int($1.0) - Int($1.1)) * (Int($1.0) - Int($1.1)))
    }
    #expect(abs(measured.psnr - 10 * log10(65_025 / (squares / Double(images.count)))) < 1e-9)
    #expect(measured.images == 20)
    #expect(measured.usage == Double(Set(codes).count) / 16)
    let counts = Dictionary(grouping: codes, by: { $0 }).values.map { Double($0.count) / 80 }
    #expect(abs(measured.entropyBits + counts.reduce(0) { $0 + $1 * log2($1) }) < 1e-9)
    #expect(measured.topShare == counts.max())
  }

  @Test func `settings out of range are named`() {
    var settings = Self.trainer().settings
    #expect(settings.problems.isEmpty)
    settings.beta2 = 1
    settings.epochs = 0
    #expect(settings.problems.map(\.key) == ["epochs", "beta2"])
  }
}
