import Foundation
import Models
import TestSupport
import Testing
import Training

/// A trainer is its parts put together: batches told again from the random streams, a pass with the step's dropout,
/// an optimiser with the settings' decay and clipping at the schedule's rate. The same bytes, step for step.
@Suite struct TrainerStepTests {
  private typealias Images = DistinctImages

  private static let settings = TrainingSettings(
    objective: .orders, steps: 9, batch: 4, learningRate: 2e-3, finalRate: 0.2, warmup: 2, weightDecay: 0.4,
    beta1: 0.8, beta2: 0.9, clip: 0.05, tokenDropout: 0.2, residualDropout: 0.15, feedForwardDropout: 0.25,
    classDropout: 0.3, seed: 5, annealingStart: 1, annealingEnd: 8)

  private func model() -> AnyOrderTransformer {
    let model = AnyOrderTransformer(configuration: Images.configuration)
    model.fillForTests(seed: 2)
    return model
  }

  private func parameters(_ model: AnyOrderTransformer) -> [Float] {
    model.parameters.flatMap { $0.value.values }
  }

  /// Takes all steps by hand; `change` alters what a step is made of.
  private func byHand(
    _ settings: TrainingSettings, change: (Int, inout DropoutRates, inout Float) -> Void = { _, _, _ in }
  ) -> (losses: [Double], norms: [Double], parameters: [Float]) {
    let model = model()
    let pass = AnyOrderPass(
      model: model, capacity: AnyOrderPass.capacity(model.configuration, batch: settings.batch),
      training: true)
    let optimizer = AdamW(
      parameters: model.parameters, beta1: Float(settings.beta1), beta2: Float(settings.beta2),
      weightDecay: Float(settings.weightDecay))
    var (losses, norms) = ([Double](), [Double]())
    for step in 0..<settings.steps {
      var rates = DropoutRates(
        token: Float(settings.tokenDropout), residual: Float(settings.residualDropout),
        feedForward: Float(settings.feedForwardDropout))
      var clip = Float(settings.clip)
      change(step, &rates, &clip)
      let found = pass.accumulateGradients(
        of: Images.batch(settings, step: step),
        dropouts: DropoutPlan(rates: rates, layers: 2, seed: settings.seed, step: step)
      ).codes
      losses.append(found.reduce(0.0) { $0 + Double($1) } / Double(found.count))
      norms.append(optimizer.step(rate: Float(rate(settings, step)), clip: clip))
    }
    return (losses, norms, parameters(model))
  }

  private func rate(_ settings: TrainingSettings, _ step: Int) -> Double {
    if step < settings.warmup { return settings.learningRate * Double(step) / Double(settings.warmup) }
    let progress = Double(step - settings.warmup) / Double(settings.steps - settings.warmup)
    let cosine = 0.5 * (1 + cos(Double.pi * progress))
    return settings.learningRate * (settings.finalRate * (1 - cosine) + cosine)
  }

  private func trained(_ settings: TrainingSettings) -> (
    reports: [AnyOrderTrainer.Report], parameters: [Float]
  ) {
    let trainer = AnyOrderTrainer(model: model(), settings: settings, data: Images.data)
    let reports = (0..<settings.steps).map { _ in trainer.takeStep() }
    return (reports, parameters(trainer.model))
  }

  @Test func `a run is its steps taken by hand, to the byte`() {
    let (reports, parameters) = trained(Self.settings)
    let expected = byHand(Self.settings)
    #expect(reports.map(\.loss) == expected.losses)
    #expect(reports.map(\.gradientNorm) == expected.norms)
    // As a whole: a failed expectation would describe all of both lists.
    let isSame = parameters == expected.parameters
    #expect(isSame)
    #expect(reports.map(\.step) == Array(1...9))
    #expect(reports.map(\.learningRate) == (0..<9).map { rate(Self.settings, $0) })
    #expect(expected.norms.allSatisfy { $0 > 0.1 }, "clipping matters at every step")
  }

  /// Every setting of the optimiser and every dropout makes a difference in the run above, so that leaving one out
  /// cannot pass.
  @Test func `no setting is without effect`() {
    let whole = trained(Self.settings).parameters
    let changes: [(String, (inout TrainingSettings) -> Void)] = [
      ("weight decay", { $0.weightDecay = 0 }), ("clip", { $0.clip = 0 }), ("beta1", { $0.beta1 = 0.7 }),
      ("beta2", { $0.beta2 = 0.8 }), ("token dropout", { $0.tokenDropout = 0 }),
      ("residual dropout", { $0.residualDropout = 0 }),
      ("feed-forward dropout", { $0.feedForwardDropout = 0 }),
      ("class dropout", { $0.classDropout = 0 }), ("warm-up", { $0.warmup = 0 }),
      ("final rate", { $0.finalRate = 0 }), ("seed", { $0.seed = 6 }),
      ("objective", { $0.objective = .raster }),
      ("annealing", { $0.annealingEnd = 0 }),
    ]
    for (name, change) in changes {
      var settings = Self.settings
      change(&settings)
      let parameters = trained(settings).parameters
      let (hasEffect, isSame) = (parameters != whole, parameters == byHand(settings).parameters)
      #expect(hasEffect, "\(name)")
      #expect(isSame, "\(name)")
    }
  }

  @Test func `a run by hand notices rates, limits and masks of another step`() {
    let whole = byHand(Self.settings).parameters
    let others = [
      byHand(Self.settings) { step, rates, _ in if step == 4 { rates.token = 0.21 } },
      byHand(Self.settings) { step, _, clip in if step == 4 { clip = 0.06 } },
    ]
    for other in others {
      let differs = other.parameters != whole
      #expect(differs)
    }
  }
}
