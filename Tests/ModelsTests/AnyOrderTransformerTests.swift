import Foundation
import Kernels
import Models
import TestSupport
import Testing

/// Golden values of the official RandAR code (Tests/Fixtures/README.md).
@Suite struct AnyOrderTransformerTests {
  static let fixture = "randar-a"

  @Test func `the rotary table equals the official one, zeros in the class row`() throws {
    let fixture = try FixtureFile(named: Self.fixture)
    let model = try RandARFixture.model(fixture)
    let found = (0..<17).flatMap { row in
      (0..<8).flatMap { pair in
        let angles = model.rotaryTable.angles(row: row, pair: pair)
        return [angles.cosine, angles.sine]
      }
    }
    expectAgreement("the rotary table", found, fixture.floats("mid.freqs_cis"), within: 1e-6)
    #expect(found.prefix(16).allSatisfy { $0 == 0 })
  }

  @Test func `position tokens equal the official ones`() throws {
    let fixture = try FixtureFile(named: Self.fixture)
    let table = SequenceEmbedding(try RandARFixture.model(fixture)).rows(ofTable: 2).values
    let found = fixture.ints("in.order").flatMap { table[$0 * 64..<($0 + 1) * 64] }
    expectAgreement("position tokens", found, fixture.floats("mid.pos_instruct"), within: 1e-6)
  }

  @Test(arguments: Precision.tested)
  func `logits and loss equal the official ones`(precision: Precision) throws {
    let fixture = try FixtureFile(named: Self.fixture)
    let pass = AnyOrderPass(model: try RandARFixture.model(fixture), training: false, precision: precision)
    let batch = RandARFixture.batch(fixture)
    let rounding = try RandARRounding.limits()
    expectAgreement(
      "logits in \(precision)", pass.logits(of: batch), fixture.floats("out.logits"),
      within: precision == .float32 ? 1e-5 : rounding.logits)
    let losses = pass.losses(of: batch)
    let loss = losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count)
    if precision == .float32 {
      expectAgreement("loss", [Float(loss)], fixture.floats("out.loss"), within: 1e-6)
    }
    // Errors of single tokens, which the mean of all hides.
    let official = fixture.floats("out.logits")
    let errors = losses.indices.map { index -> Double in
      let row = official[index * 32..<(index + 1) * 32].map(Double.init)
      let code = Int(batch.tokens[index / 16 * 16 + Int(batch.orders[index])])
      let top = row.max() ?? 0
      let exact = top + log(row.reduce(0) { $0 + exp($1 - top) }) - row[code]
      return abs(Double(losses[index]) - exact)
    }
    let mean = Float(errors.reduce(0, +) / Double(errors.count))
    #expect(mean < (precision == .float32 ? 2e-6 : rounding.loss), "\(precision): \(mean) nats a token")
  }

  /// The double-precision model that other tests rely on, against the official code: what goes on inside and what
  /// comes out.
  @Test func `the naive model equals the official one, block by block`() throws {
    let fixture = try FixtureFile(named: Self.fixture)
    let naive = NaiveTransformer(try RandARFixture.model(fixture))
    let batch = RandARFixture.batch(fixture)
    let results = (0..<4).map { image in
      naive.run(
        tokens: Array(batch.tokens[image * 16..<(image + 1) * 16]), label: batch.labels[image],
        order: Array(batch.orders[image * 16..<(image + 1) * 16]))
    }
    // The official sequence has one row more, the last content, which nothing reads.
    #expect(fixture.shape("mid.layer0_out_b0") == [33, 64])
    expectAgreement(
      "the first block's output", results[0].stream[1].joined().map { Float($0) },
      fixture.floats("mid.layer0_out_b0").prefix(32 * 64), within: 1e-5)
    expectAgreement(
      "naive logits", results.flatMap { $0.logits.joined() }.map { Float($0) }, fixture.floats("out.logits"),
      within: 1e-5)
  }

  @Test(arguments: [1, 3, 4], Precision.tested)
  func `every gradient equals the official one, however the batch is split`(
    capacity: Int, precision: Precision
  ) throws {
    let fixture = try FixtureFile(named: Self.fixture)
    let model = try RandARFixture.model(fixture)
    let pass = AnyOrderPass(model: model, capacity: capacity, training: true, precision: precision)
    _ = pass.accumulateGradients(of: RandARFixture.batch(fixture), dropouts: nil)
    let rounding = try RandARRounding.limits()
    for parameter in model.parameters {
      let expected = fixture.floats("grad." + parameter.name)
      let found = parameter.gradient.values
      let what = "gradient of \(parameter.name) in \(precision)"
      if precision == .float32 {
        expectAgreement(what, found, expected, within: 1.5e-5)
      } else {
        expectAgreementInLength(what, found, expected, within: rounding.gradient)
      }
    }
  }

  /// Enough images for several groups of sequences, and matrices whose gradients are made in several blocks.
  @Test(arguments: Precision.tested)
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
      tokens: (0..<images * 16).map { $0 * 7919 % 400 }, labels: (0..<images).map { $0 % 5 },
      orders: (0..<images).flatMap { image in (0..<16).map { ($0 * 5 + image) % 16 } })
    let gradients = [images, 1].map { capacity -> [[Float]] in
      for parameter in model.parameters { parameter.gradient.fill(0) }
      let pass = AnyOrderPass(model: model, capacity: capacity, training: true, precision: precision)
      _ = pass.accumulateGradients(of: batch, dropouts: nil)
      return model.parameters.map { $0.gradient.values }
    }
    for (index, parameter) in model.parameters.enumerated() {
      // The same roundings, but sums of products in another order.
      expectAgreement(
        "gradient of \(parameter.name) of many images in \(precision)", gradients[0][index],
        gradients[1][index],
        within: precision == .float32 ? 1.2e-5 : 0.01)
    }
  }

  @Test func `dropout masks do not depend on how the batch is split`() throws {
    let fixture = try FixtureFile(named: Self.fixture)
    let rates = DropoutRates(token: 0.1, residual: 0.1, feedForward: 0.1)
    let plan = DropoutPlan(rates: rates, layers: 2, seed: 3, step: 7)
    let results = try [1, 4].map { capacity in
      let model = try RandARFixture.model(fixture)
      let pass = AnyOrderPass(model: model, capacity: capacity, training: true)
      let losses = pass.accumulateGradients(of: RandARFixture.batch(fixture), dropouts: plan).codes
      return (
        losses, model.positionTokens.tokenEmbedding.gradient.values,
        model.blocks[0].qkv.weight.gradient.values
      )
    }
    expectAgreement("losses of split batches", results[0].0, results[1].0, within: 2e-6)
    expectAgreement("embedding gradients of split batches", results[0].1, results[1].1, within: 1e-5)
    expectAgreement("projection gradients of split batches", results[0].2, results[1].2, within: 1e-5)
  }
}
