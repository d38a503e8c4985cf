import Kernels
import Models
import Randomness
import TestSupport
import Testing
import Training

/// Training in bfloat16 is training in float32 up to rounding.
@Suite(
  .enabled(
    if: Precision.bfloat16.unavailableReason == nil,
    "NOT TESTED: training in bfloat16, since \(Precision.bfloat16.unavailableReason ?? "")"))
struct PrecisionTests {
  /// The sizes of the preset 'smoke'.
  private static let configuration = AnyOrderConfiguration(
    width: 32, layers: 2, heads: 2, hidden: 64, codes: 32, classes: 4, gridHeight: 7, gridWidth: 7)

  /// Images whose codes follow from class, location and one number of the image, with a fifth of them random.
  private static let data: TokenDataset = {
    var tokens: [UInt16] = []
    for image in 0..<256 {
      var stream = RandomStream(seed: 6, purpose: "test.tokens", UInt64(image))
      let shift = stream.below(3)
      for location in 0..<49 {
        let code = stream.uniform() < 0.2 ? stream.below(32) : image % 4 * 8 + (location / 7 + shift) % 8
        tokens.append(UInt16(code))
      }
    }
    return TokenDataset(
      sampleIDs: (0..<256).map { $0 }, labels: (0..<256).map { UInt32($0 % 4) }, tokens: tokens, locations: 49
    )
  }()

  /// Losses of 120 steps in nats a token, and what the trained model needs in raster order, in bits a token.
  private func curve(_ precision: Precision, seed: UInt64 = 1) -> (losses: [Double], bits: Double) {
    let model = AnyOrderTransformer(configuration: Self.configuration)
    model.initialise(seed: seed)
    let settings = TrainingSettings(
      objective: .random, steps: 120, batch: 32, learningRate: 4e-3, warmup: 10, seed: seed)
    let trainer = AnyOrderTrainer(model: model, settings: settings, data: Self.data, precision: precision)
    let losses = (0..<settings.steps).map { _ in trainer.takeStep().loss }
    let bits = Likelihood(model: model, precision: precision).means(of: 0..<64, in: Self.data)
    return (losses, bits.raster)
  }

  private func meanDifference(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + abs($1.0 - $1.1) } / Double(a.count)
  }

  @Test func `training curves of both precisions agree far within the noise between seeds`() {
    let (single, half) = (curve(.float32), curve(.bfloat16))
    let other = curve(.float32, seed: 2)
    #expect(single.losses[119] < 0.6 * single.losses[0], "it learns")
    let rounding = meanDifference(single.losses, half.losses)
    let noise = meanDifference(single.losses, other.losses)
    // Measured: 0.0003 nats a token against 0.034 between seeds.
    #expect(rounding > 0 && rounding < 0.05 * noise, "\(rounding) against \(noise) nats a token")
    #expect(zip(single.losses, half.losses).allSatisfy { abs($0 - $1) < 0.01 })
    #expect(abs(single.bits - half.bits) < 0.01, "\(single.bits) and \(half.bits) bits a token")
  }
}
