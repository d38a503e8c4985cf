import Models
import TestSupport
import Testing

/// Golden values of the official RandAR code (Tests/Fixtures/README.md).
@Suite struct AnyOrderTransformerTests {
  static let fixture = "randar-a"

  @Test func `the rotary table equals the official one, zeros in the class row`() throws {
    let fixture = try FixtureFile(named: Self.fixture)
    let model = try RandARFixture.model(fixture)
    let expected = fixture.floats("mid.freqs_cis")
    for row in 0..<17 {
      for pair in 0..<8 {
        let found = model.rotary.angles(row: row, pair: pair)
        #expect(abs(found.cosine - expected[(row * 8 + pair) * 2]) < 1e-5)
        #expect(abs(found.sine - expected[(row * 8 + pair) * 2 + 1]) < 1e-5)
      }
    }
  }

  @Test func `position tokens equal the official ones`() throws {
    let fixture = try FixtureFile(named: Self.fixture)
    let table = try RandARFixture.model(fixture).positionTokens()
    let expected = fixture.floats("mid.pos_instruct")
    for (index, location) in fixture.ints("in.order").enumerated() {
      for column in 0..<64 {
        #expect(abs(table[location * 64 + column] - expected[index * 64 + column]) < 1e-5)
      }
    }
  }

  @Test func `logits and loss equal the official ones`() throws {
    let fixture = try FixtureFile(named: Self.fixture)
    let pass = AnyOrderPass(model: try RandARFixture.model(fixture), training: false)
    let batch = RandARFixture.batch(fixture)
    #expect(largestDifference(pass.logits(of: batch), fixture.floats("out.logits")) < 1e-4)
    let losses = pass.losses(of: batch)
    #expect(abs(losses.reduce(0, +) / Float(losses.count) - fixture.floats("out.loss")[0]) < 1e-4)
  }

  @Test(arguments: [1, 3, 4])
  func `every gradient equals the official one, however the batch is split`(capacity: Int) throws {
    let fixture = try FixtureFile(named: Self.fixture)
    let model = try RandARFixture.model(fixture)
    let pass = AnyOrderPass(model: model, capacity: capacity, training: true)
    _ = pass.accumulateGradients(of: RandARFixture.batch(fixture), dropouts: nil)
    for parameter in model.parameters {
      let expected = fixture.floats("grad." + parameter.name)
      let scale = expected.map(abs).max() ?? 0
      #expect(
        largestDifference(parameter.gradient.values, expected) <= 1e-4 * scale,
        "gradient of \(parameter.name)")
    }
  }

  @Test func `dropout masks do not depend on how the batch is split`() throws {
    let fixture = try FixtureFile(named: Self.fixture)
    let rates = DropoutRates(token: 0.1, residual: 0.1, feedForward: 0.1)
    let plan = DropoutPlan(rates: rates, layers: 2, seed: 3, step: 7)
    let results = try [1, 4].map { capacity in
      let model = try RandARFixture.model(fixture)
      let pass = AnyOrderPass(model: model, capacity: capacity, training: true)
      let losses = pass.accumulateGradients(of: RandARFixture.batch(fixture), dropouts: plan)
      return (losses, model.tokenEmbedding.gradient.values, model.blocks[0].qkv.weight.gradient.values)
    }
    #expect(largestDifference(results[0].0, results[1].0) < 1e-5)
    #expect(largestDifference(results[0].1, results[1].1) < 1e-6)
    #expect(largestDifference(results[0].2, results[1].2) < 1e-6)
  }
}
