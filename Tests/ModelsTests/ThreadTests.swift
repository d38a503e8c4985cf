import Kernels
import Models
import TestSupport
import Testing

/// Results do not depend on the number of threads, at sizes where several groups of sequences are on their way at
/// once through more blocks than there are buffers to take turns with.
@Suite(.serialized) struct ThreadTests {
  private static let sequences = 75

  private static func model(layers: Int) -> AnyOrderTransformer {
    let model = AnyOrderTransformer(
      configuration: AnyOrderConfiguration(
        width: 48, layers: layers, heads: 3, hidden: 96, codes: 50, classes: 5, gridHeight: 5, gridWidth: 5))
    model.initialise(seed: 8)
    for index in 0..<model.head.weight.value.count {
      model.head.weight.value[index] = Float(index * 7919 % 1003) / 5000 - 0.1
    }
    return model
  }

  private static let batch = AnyOrderBatch(
    tokens: (0..<sequences * 25).map { $0 * 7919 % 50 }, labels: (0..<sequences).map { $0 % 6 },
    orders: (0..<sequences).flatMap { image in (0..<25).map { ($0 * 7 + image) % 25 } })

  @Test(arguments: [1, 2, 3, 4, 6], Precision.tested)
  func `likelihoods and logits of a pass are the same for any number of threads`(
    layers: Int, precision: Precision
  ) {
    let model = Self.model(layers: layers)
    let (alone, others) = ThreadCounts.results { () -> [[Float]] in
      let pass = AnyOrderPass(model: model, training: false, precision: precision)
      return [pass.losses(of: Self.batch), pass.logits(of: Self.batch)]
    }
    for other in others { Issue.record("\(other.threads) threads give other numbers") }
    // Images on their own see nobody else's rows; products of other sizes may round otherwise.
    Parallel.configure(threads: 1)
    let one = AnyOrderPass(model: model, capacity: 1, training: false, precision: precision)
    let single = one.losses(of: Self.batch)
    #expect(largestDifference(alone[0], single) < (precision == .float32 ? 1e-5 : 0.05))
  }

  @Test(arguments: [4, 5], Precision.tested)
  func `gradients of a pass are the same for any number of threads`(layers: Int, precision: Precision) {
    let model = Self.model(layers: layers)
    let plan = DropoutPlan(
      rates: DropoutRates(token: 0.1, residual: 0.1, feedForward: 0.1), layers: layers, seed: 3, step: 7)
    let (_, others) = ThreadCounts.results(attempts: 3) { () -> [[Float]] in
      for parameter in model.parameters { parameter.gradient.fill(0) }
      let pass = AnyOrderPass(model: model, training: true, precision: precision)
      return [pass.accumulateGradients(of: Self.batch, dropouts: plan).codes]
        + model.parameters.map { $0.gradient.values }
    }
    for other in others { Issue.record("\(other.threads) threads give other gradients") }
  }

  @Test(arguments: [4, 5], Precision.tested)
  func `decoding steps are the same for any number of threads`(layers: Int, precision: Precision) {
    let model = Self.model(layers: layers)
    let count = 40
    let (_, others) = ThreadCounts.results(attempts: 3) { () -> [[Float]] in
      let session = DecodingSession(model: model, sequences: count, precision: precision)
      var heard: [[Float]] = []
      for sequence in 0..<count { session.start(sequence, .label(sequence % 5)) }
      for step in 0..<4 {
        let placed = (0..<count).map { sequence in
          (0..<step).suffix(1).map { PlacedToken(location: $0, code: (sequence + step) % 50) }
        }
        session.advance(0..<count, placed: placed, asking: (0..<count).map { _ in Array(step..<25) })
        heard += session.logConfidences()
        heard.append(session.logits((0..<count).map { ($0, 0) }).values)
        for sequence in 0..<count { session.commit(sequence, step) }
      }
      return heard
    }
    for other in others { Issue.record("\(other.threads) threads hear something else") }
  }
}
