import Foundation
import Kernels
import Layers
import Models
import Randomness
import TestSupport
import Testing

/// The dropout of training steps, against a double-precision model that draws every mask from the published formula.
@Suite struct DropoutTests {
  private static let configuration = AnyOrderConfiguration(
    width: 16, layers: 3, heads: 2, hidden: 24, codes: 20, classes: 5, gridHeight: 2, gridWidth: 3)
  private static let rates = DropoutRates(token: 0.3, residual: 0.2, feedForward: 0.25)

  private static func model() -> AnyOrderTransformer {
    let model = AnyOrderTransformer(configuration: configuration)
    model.fillForTests(seed: 4)
    return model
  }

  private static let batch: AnyOrderBatch = {
    var stream = RandomStream(seed: 8, purpose: "test.batch")
    return AnyOrderBatch(
      tokens: (0..<30).map { _ in stream.below(20) }, labels: [3, 0, 5, 1, 4],
      orders: (0..<5).flatMap { _ in stream.permutation(6) })
  }()

  /// The key of a mask: the first 32 bits of a stream of its own.
  private static func key(_ step: Int, _ layer: Int, _ kind: UInt64) -> UInt32 {
    var stream = RandomStream(seed: 3, purpose: "train.dropout", UInt64(step), UInt64(layer), kind)
    return UInt32(truncatingIfNeeded: stream.next())
  }

  private static func masks(step: Int, rates: DropoutRates = rates) -> NaiveTransformer.Masks {
    NaiveTransformer.Masks(
      token: .init(key: key(step, 0, 0), rate: rates.token),
      residual: (0..<3).map { .init(key: key(step, $0, 1), rate: rates.residual) },
      feedForward: (0..<3).map { .init(key: key(step, $0, 2), rate: rates.feedForward) })
  }

  private static func plan(step: Int, rates: DropoutRates = rates) -> DropoutPlan {
    DropoutPlan(rates: rates, layers: 3, seed: 3, step: step)
  }

  @Test func `every step, block and place has a mask of its own, by the documented keys`() {
    var keys: [UInt32] = []
    for step in 0..<50 {
      let plan = Self.plan(step: step)
      let expected = Self.masks(step: step)
      let found = [plan.token.key] + plan.blocks.flatMap { [$0.residual.key, $0.feedForward.key] }
      #expect(
        found == [expected.token.key]
          + (0..<3).flatMap { [expected.residual[$0].key, expected.feedForward[$0].key] })
      #expect(plan.token.rate == 0.3)
      #expect(plan.blocks.allSatisfy { $0.residual.rate == 0.2 && $0.feedForward.rate == 0.25 })
      keys += found
    }
    #expect(Set(keys).count == 350)
    #expect(DropoutPlan(rates: Self.rates, layers: 3, seed: 4, step: 0).token.key != keys[0])
  }

  /// Worked out by a separate program.
  @Test func `the masks of a seed never change`() {
    let plan = DropoutPlan(rates: Self.rates, layers: 2, seed: 3, step: 5)
    #expect(plan.token.key == 0xc8fa_9d4c)
    #expect(plan.blocks.map(\.residual.key) == [0x8ddf_5b6e, 0xaa36_041b])
    #expect(plan.blocks.map(\.feedForward.key) == [0x3c26_879d, 0xf2d7_5d47])
  }

  /// With each dropout alone and with all of them, in one part, in several and by several threads: what is dropped
  /// is a matter of the value's place in the batch.
  @Test(
    arguments: [
      DropoutRates(token: 0.3, residual: 0, feedForward: 0),
      DropoutRates(token: 0, residual: 0.2, feedForward: 0),
      DropoutRates(token: 0, residual: 0, feedForward: 0.25), rates,
      DropoutRates(token: 0, residual: 0, feedForward: 0),
    ], [1, 2, 5])
  func `losses under dropout are those of the masks' formula`(rates: DropoutRates, capacity: Int) {
    let model = Self.model()
    let pass = AnyOrderPass(model: model, capacity: capacity, training: true)
    var seen: [[Float]] = []
    for step in [0, 7] {
      let found = pass.accumulateGradients(of: Self.batch, dropouts: Self.plan(step: step, rates: rates))
        .codes
      let masks = Self.masks(step: step, rates: rates)
      expectAgreement(
        "losses of step \(step)", found,
        NaiveTransformer(model, masks: masks).losses(of: Self.batch).map { Float($0) },
        within: 1e-5)
      seen.append(found)
    }
    let isOff = rates.token + rates.residual + rates.feedForward == 0
    #expect((seen[0] == seen[1]) == isOff)
    #expect((largestDifference(seen[0], pass.losses(of: Self.batch)) < 1e-6) == isOff)
  }

  /// The backward pass draws its masks a second time: with others, gradients would be slopes of no loss.
  @Test func `gradients under dropout are the slopes of the loss under the same masks`() {
    let model = Self.model()
    let pass = AnyOrderPass(model: model, capacity: 2, training: true)
    _ = pass.accumulateGradients(of: Self.batch, dropouts: Self.plan(step: 7))
    let masks = Self.masks(step: 7)
    func loss() -> Double {
      NaiveTransformer(model, masks: masks).losses(of: Self.batch).reduce(0, +) / 30
    }
    var stream = RandomStream(seed: 8, purpose: "test.differences")
    for parameter in model.parameters {
      let scale = parameter.gradient.values.map(abs).max() ?? 0
      #expect(scale > 1e-4, "\(parameter.name)")
      for _ in 0..<4 {
        let index = stream.below(parameter.value.count)
        let original = parameter.value[index]
        // Powers of two, so that the steps are exact.
        let step: Float = 0x1p-12
        parameter.value[index] = original + step
        let (above, upper) = (loss(), parameter.value[index])
        parameter.value[index] = original - step
        let (below, lower) = (loss(), parameter.value[index])
        parameter.value[index] = original
        let slope = (above - below) / Double(upper - lower)
        #expect(
          abs(Double(parameter.gradient[index]) - slope) < 1e-4 * Double(scale) + 1e-7,
          "\(parameter.name)[\(index)]: \(parameter.gradient[index]) and \(slope)")
      }
    }
  }
}
