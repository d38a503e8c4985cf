import Kernels
import Models
import TestSupport
import Testing

extension Precision {
  /// How far a value may be from the official float32 one, as a share of the largest: rounding to 8 bits is off by up
  /// to 2⁻⁹ at every store, of which a value of this two-block model has seen a few dozen.
  var tolerance: Float { self == .float32 ? 1e-4 : 0.02 }
}

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

  @Test(arguments: Precision.available)
  func `logits and loss equal the official ones`(precision: Precision) throws {
    let fixture = try FixtureFile(named: Self.fixture)
    let pass = AnyOrderPass(model: try RandARFixture.model(fixture), training: false, precision: precision)
    let batch = RandARFixture.batch(fixture)
    let expected = fixture.floats("out.logits")
    let scale = max(expected.map(abs).max() ?? 0, 1)
    #expect(largestDifference(pass.logits(of: batch), expected) < precision.tolerance * scale)
    let losses = pass.losses(of: batch)
    let loss = losses.reduce(0, +) / Float(losses.count)
    #expect(abs(loss - fixture.floats("out.loss")[0]) < precision.tolerance / 4)
  }

  @Test(arguments: [1, 3, 4], Precision.available)
  func `every gradient equals the official one, however the batch is split`(
    capacity: Int, precision: Precision
  ) throws {
    let fixture = try FixtureFile(named: Self.fixture)
    let model = try RandARFixture.model(fixture)
    let pass = AnyOrderPass(model: model, capacity: capacity, training: true, precision: precision)
    _ = pass.accumulateGradients(of: RandARFixture.batch(fixture), dropouts: nil)
    for parameter in model.parameters {
      let expected = fixture.floats("grad." + parameter.name)
      let found = parameter.gradient.values
      if precision == .float32 {
        let scale = expected.map(abs).max() ?? 0
        #expect(largestDifference(found, expected) <= 1e-4 * scale, "gradient of \(parameter.name)")
      } else {
        let error = zip(found, expected).reduce(Float(0)) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        let length = expected.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        #expect(error <= 0.03 * length, "gradient of \(parameter.name): \(error / length)")
      }
    }
  }

  /// Enough images for several groups of sequences, and matrices whose gradients are made in several blocks.
  @Test(arguments: Precision.available)
  func `gradients of many images together are those of one after the other`(precision: Precision) {
    let model = AnyOrderTransformer(
      configuration: AnyOrderConfiguration(
        width: 64, layers: 2, heads: 2, hidden: 416, codes: 400, classes: 5, gridHeight: 4, gridWidth: 4))
    model.initialise(seed: 6)
    // What starts at zero would keep gradients from the rest.
    for parameter in model.parameters where parameter.value.values.allSatisfy({ $0 == 0 }) {
      for i in 0..<parameter.value.count { parameter.value[i] = Float(i * 7919 % 1003) / 10_000 - 0.05 }
    }
    let images = 45
    let batch = AnyOrderBatch(
      tokens: (0..<images * 16).map { Int32($0 * 7919 % 400) }, labels: (0..<images).map { Int32($0 % 5) },
      orders: (0..<images).flatMap { image in (0..<16).map { Int32(($0 * 5 + image) % 16) } })
    let gradients = [images, 1].map { capacity -> [[Float]] in
      for parameter in model.parameters { parameter.gradient.fill(0) }
      let pass = AnyOrderPass(model: model, capacity: capacity, training: true, precision: precision)
      _ = pass.accumulateGradients(of: batch, dropouts: nil)
      return model.parameters.map { $0.gradient.values }
    }
    for (index, parameter) in model.parameters.enumerated() {
      let (together, alone) = (gradients[0][index], gradients[1][index])
      let largest = alone.map(abs).max() ?? 0
      #expect(largest > 0, "gradient of \(parameter.name)")
      #expect(
        largestDifference(together, alone) <= precision.tolerance / 2 * largest,
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
