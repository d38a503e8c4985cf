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
      optimizer.zeroGradients()
      losses.append(mean(pass.accumulateGradients(of: batch, dropouts: nil)))
      norms.append(Float(optimizer.step(rate: 1e-3, clip: 1)))
    }
    losses.append(mean(pass.losses(of: batch)))
    #expect(largestDifference(losses, fixture.floats("opt.losses")) < 1e-4)
    #expect(largestDifference(norms, fixture.floats("opt.grad_norms")) < 1e-4)
    #expect(
      largestDifference(model.positionVector.value.values, fixture.floats("opt.pos_instruct_after")) < 1e-5)
    #expect(largestDifference(model.norm.gain.value.values, fixture.floats("opt.norm_after")) < 1e-5)
    let row = Array(model.blocks[0].qkv.weight.value.values.prefix(64))
    #expect(largestDifference(row, fixture.floats("opt.wqkv0_row0_after")) < 1e-5)
  }

  private func mean(_ values: [Float]) -> Float { values.reduce(0, +) / Float(values.count) }
}
