import Foundation
import Layers
import Models
import TestSupport
import Testing
import Training

@Suite struct AdamWTests {
  @Test func `four steps equal the official optimiser's`() throws {
    let fixture = try FixtureFile(named: "randar-a")
    let model = try RandARFixture.model(fixture)
    let pass = AnyOrderPass(model: model, training: true)
    let optimizer = AdamW(parameters: model.parameters, weightDecay: 0.05)
    let batch = RandARFixture.batch(fixture)
    var losses: [Float] = []
    var norms: [Float] = []
    for _ in 0..<4 {
      losses.append(mean(pass.accumulateGradients(of: batch, dropouts: nil).codes))
      norms.append(Float(optimizer.step(rate: 1e-3, clip: 1)))
    }
    losses.append(mean(pass.losses(of: batch)))
    expectAgreement("losses of steps", losses, fixture.floats("opt.losses"), within: 1e-6)
    expectAgreement("norms of steps", norms, fixture.floats("opt.grad_norms"), within: 2e-6)
    expectAgreement(
      "the position vector after steps", model.positionTokens.positionVector.value.values,
      fixture.floats("opt.pos_instruct_after"),
      within: 1e-6)
    expectAgreement(
      "the final gain after steps", model.norm.gain.value.values, fixture.floats("opt.norm_after"),
      within: 1e-6)
    let row = model.blocks[0].qkv.weight.value.values.prefix(64)
    expectAgreement(
      "a projection's row after steps", row, fixture.floats("opt.wqkv0_row0_after"), within: 1e-6)
  }

  @Test(arguments: TextToImageFixture.names)
  func `five steps of a model of texts equal the reference's`(name: String) throws {
    let fixture = try TextToImageFixture(name)
    let model = fixture.model()
    let pass = AnyOrderPass(model: model, training: true)
    // The reference decays everything.
    let optimizer = AdamW(
      parameters: model.parameters, beta2: 0.999, weightDecay: 0.01, decaysEverything: true)
    func loss(_ losses: PassLosses) -> Float { (7 * mean(losses.codes) + mean(losses.texts)) / 8 }
    var (losses, norms): ([Float], [Float]) = ([], [])
    for _ in fixture.facts.adamw.steps {
      losses.append(loss(pass.accumulateGradients(of: fixture.batch, dropouts: nil)))
      norms.append(Float(optimizer.step(rate: 3e-3, clip: 0.5)))
    }
    losses.append(loss(pass.allLosses(of: fixture.batch)))
    let expected = fixture.facts.adamw
    expectAgreement(
      "\(name)'s losses of steps", losses,
      expected.steps.map { Float($0.loss) } + [Float(expected.finalLoss)],
      within: 1.5e-5)
    expectAgreement("\(name)'s norms of steps", norms, expected.steps.map { Float($0.norm) }, within: 1.5e-5)
    // The first biases are those of the text head.
    expectAgreement(
      "\(name)'s head bias after steps", (model.textHead?.bias?.value.values ?? []).prefix(8),
      expected.headBias,
      within: 5e-5)
  }

  /// Steps with gradients that are clipped or not, against the formula in double precision. Only matrices decay.
  @Test(arguments: [Float(0), 0.3, 1e6]) func `updates follow the formula, clipped and decayed`(clip: Float) {
    let shapes = [[300, 7], [40], [70, 1000]]
    let parameters = shapes.enumerated().map { Parameter("p\($0)", shape: $1) }
    for (index, parameter) in parameters.enumerated() {
      parameter.value.copy(from: randomTensor(parameter.value.shape, seed: UInt64(index)))
    }
    #expect(parameters.map(\.decays) == [true, false, true])
    var values = parameters.map { $0.value.values.map(Double.init) }
    var first = values.map { $0.map { _ in 0.0 } }
    var second = first
    let optimizer = AdamW(parameters: parameters, beta1: 0.8, beta2: 0.9, epsilon: 1e-3, weightDecay: 0.3)
    for step in 1...3 {
      let gradients = shapes.indices.map {
        randomTensor(shapes[$0], seed: UInt64(10 * step + $0), deviation: 0.01)
      }
      for (parameter, gradient) in zip(parameters, gradients) { parameter.gradient.copy(from: gradient) }
      let norm = gradients.reduce(0.0) { $0 + dot($1, $1) }.squareRoot()
      let found = optimizer.step(rate: 0.05, clip: clip)
      #expect(abs(found / norm - 1) < 1e-6)
      #expect(parameters.allSatisfy { $0.gradient.values.allSatisfy { $0 == 0 } })
      let factor = clip > 0 ? min(Double(clip) / (norm + 1e-6), 1) : 1
      #expect((factor < 1) == (clip == 0.3))
      for index in shapes.indices {
        let decay = shapes[index].count > 1 ? 0.3 : 0.0
        for i in values[index].indices {
          let gradient = Double(gradients[index][i]) * factor
          first[index][i] = 0.8 * first[index][i] + 0.2 * gradient
          second[index][i] = 0.9 * second[index][i] + 0.1 * gradient * gradient
          let root = (second[index][i] / (1 - pow(0.9, Double(step)))).squareRoot()
          values[index][i] =
            values[index][i] * (1 - 0.05 * decay)
            - 0.05 * first[index][i] / (1 - pow(0.8, Double(step))) / (root + 1e-3)
        }
        expectAgreement(
          "parameter \(index) after step \(step)", parameters[index].value.values,
          values[index].map { Float($0) },
          within: 1e-6)
      }
    }
    #expect(optimizer.stepCount == 3)
  }

  private func mean(_ values: [Float]) -> Float { values.reduce(0, +) / Float(values.count) }
}
