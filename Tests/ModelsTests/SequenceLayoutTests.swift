import Kernels
import Layers
import Models
import TestSupport
import Testing

/// Passes and sessions know rows only: with another layout than position tokens they agree with each other too.
@Suite struct SequenceLayoutTests {
  private static let configuration = AnyOrderConfiguration(
    width: 24, layers: 2, heads: 2, hidden: 48, codes: 20, classes: 3, gridHeight: 3, gridWidth: 4)
  private static let model = NextLocationLayout.model(configuration)
  private static let count = 12
  private static let images = 3

  /// Images of different orders, the last without a condition.
  private static let batch = AnyOrderBatch(
    tokens: (0..<images * count).map { $0 * 7 % 20 }, labels: [0, 2, AnyOrderBatch.unconditional],
    orders: (0..<images).flatMap { image in (0..<count).map { ($0 * 5 + image) % count } })

  private static func placed(_ image: Int, _ steps: Range<Int>) -> [PlacedToken] {
    steps.map { step in
      let location = batch.orders[image * count + step]
      return PlacedToken(location: location, code: batch.tokens[image * count + location])
    }
  }

  private static func location(_ image: Int, _ step: Int) -> Int { batch.orders[image * count + step] }

  private static func logits(_ image: Int, _ steps: Range<Int>, precision: Precision) -> [Float] {
    let all = AnyOrderPass(model: model, training: false, precision: precision).logits(of: batch)
    return Array(all[(image * count + steps.lowerBound) * 20..<(image * count + steps.upperBound) * 20])
  }

  @Test(arguments: Precision.tested)
  func `decoding step by step gives the logits of whole sequences`(precision: Precision) {
    let images = 0..<Self.images
    let session = DecodingSession(model: Self.model, sequences: Self.images, precision: precision)
    for image in images { session.start(image, Self.batch.conditions[image]) }
    var found = [[Float]](repeating: [], count: Self.images)
    for step in 0..<Self.count {
      // The chosen location is asked behind another, from which it must not differ.
      let asked = images.map { [Self.location($0, Self.count - 1), Self.location($0, step)] }
      session.advance(
        images, placed: images.map { Self.placed($0, max(step - 1, 0)..<step) }, asking: asked)
      let logits = session.logits(images.map { ($0, 1) })
      for image in images {
        found[image] += (0..<20).map { logits.row(image)[$0] }
        if step + 1 < Self.count { session.commit(image, Self.location(image, step)) }
      }
    }
    for image in images {
      expectAgreement(
        "logits of image \(image) in steps in \(precision)", found[image],
        Self.logits(image, 0..<Self.count, precision: precision),
        within: precision == .float32 ? 1e-5 : 0.03)
    }
  }

  @Test(arguments: [0, 1, 5])
  func `known tokens enter at once, and queries in turn see each other`(known: Int) {
    let session = DecodingSession(model: Self.model, sequences: 1)
    session.start(0, Self.batch.conditions[0])
    let queries = (known..<known + 1).map { Self.location(0, $0) }
    session.advance(0..<1, placed: [Self.placed(0, 0..<known)], asking: [queries], inTurn: true)
    expectAgreement(
      "logits behind \(known) known tokens", session.logits([(0, 0)]).values.prefix(20),
      Self.logits(0, known..<known + 1, precision: .float32), within: 1e-5)
    session.commit(0, queries[0])
    #expect(session.length(of: 0) == known + 1)
    session.advance(
      0..<1, placed: [Self.placed(0, known..<known + 1)], asking: [[Self.location(0, known + 1)]])
    expectAgreement(
      "logits a step later", session.logits([(0, 0)]).values.prefix(20),
      Self.logits(0, known + 1..<known + 2, precision: .float32), within: 1e-5)
  }

  @Test func `gradients of every table are the differences of the loss`() {
    // A model of its own: differences change weights, which the tests beside it read.
    let model = NextLocationLayout.model(Self.configuration)
    let pass = AnyOrderPass(model: model, training: true)
    for parameter in model.parameters { parameter.gradient.fill(0) }
    _ = pass.accumulateGradients(of: Self.batch, dropouts: nil)
    for parameter in model.layout.parameters + [model.head.weight] {
      expectDifferencesMatch(parameter.name, parameter.value, gradient: parameter.gradient) {
        let losses = pass.losses(of: Self.batch)
        return losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count)
      }
    }
  }
}
