import Kernels
import Layers
import Models
import TestSupport
import Testing

/// Passes and sessions know rows only: with double positions, of classes and of texts, they agree with each other as with
/// position tokens.
@Suite struct SequenceLayoutTests {
  /// What a model is of, and how it tells locations.
  enum Kind: String, CaseIterable, Sendable {
    case absolute, relative, texts

    var configuration: AnyOrderConfiguration {
      AnyOrderConfiguration(
        width: 24, layers: 2, heads: 2, headWidth: self == .texts ? 16 : nil, hidden: 48, codes: 20,
        classes: self == .texts ? 0 : 3, text: self == .texts ? TextSizes(vocabulary: 9, length: 5) : nil,
        positions: self == .absolute ? .doubleAbsolute : .doubleRelative, gridHeight: 3, gridWidth: 4)
    }

    func makeModel() -> AnyOrderTransformer {
      let model = AnyOrderTransformer(configuration: configuration)
      model.initialise(seed: 4)
      for (index, parameter) in model.parameters.enumerated() where parameter.value.rows > 1 {
        parameter.value.copy(
          from: randomTensor(parameter.value.shape, seed: UInt64(index), deviation: 0.3))
      }
      return model
    }

    /// Rows of the condition.
    var prefix: Int { self == .texts ? 6 : 1 }

    var conditions: [Condition] {
      self == .texts
        ? [.text([3, 1]), .text([8, 8, 0, 2, 7]), .unconditional] : [.label(0), .label(2), .unconditional]
    }
  }

  private static let models = Dictionary(uniqueKeysWithValues: Kind.allCases.map { ($0, $0.makeModel()) })
  private static func model(_ kind: Kind) -> AnyOrderTransformer { models[kind] ?? kind.makeModel() }
  private static let count = 12
  private static let images = 3

  /// Images of different orders, the last without a condition.
  private static func batch(_ kind: Kind) -> AnyOrderBatch {
    AnyOrderBatch(tokens: tokens, conditions: kind.conditions, orders: orders)
  }
  private static let tokens = (0..<images * count).map { $0 * 7 % 20 }
  private static let orders = (0..<images).flatMap { image in (0..<count).map { ($0 * 5 + image) % count } }

  private static func placed(_ image: Int, _ steps: Range<Int>) -> [PlacedToken] {
    steps.map { step in
      let location = orders[image * count + step]
      return PlacedToken(location: location, code: tokens[image * count + location])
    }
  }

  private static func location(_ image: Int, _ step: Int) -> Int { orders[image * count + step] }

  private static func logits(_ kind: Kind, _ image: Int, _ steps: Range<Int>, precision: Precision) -> [Float]
  {
    let all = AnyOrderPass(model: model(kind), training: false, precision: precision).logits(of: batch(kind))
    return Array(all[(image * count + steps.lowerBound) * 20..<(image * count + steps.upperBound) * 20])
  }

  @Test(arguments: Kind.allCases, Precision.tested)
  func `decoding step by step gives the logits of whole sequences`(kind: Kind, precision: Precision) {
    let images = 0..<Self.images
    let session = DecodingSession(
      model: Self.model(kind), sequences: Self.images, precision: precision)
    for image in images { session.start(image, kind.conditions[image]) }
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
        "logits of image \(image) in steps, \(kind) in \(precision)", found[image],
        Self.logits(kind, image, 0..<Self.count, precision: precision),
        within: precision == .float32 ? 1e-5 : 0.03)
    }
  }

  @Test(arguments: Kind.allCases, [0, 1, 5])
  func `known tokens enter at once, and queries in turn see each other`(kind: Kind, known: Int) {
    let session = DecodingSession(model: Self.model(kind), sequences: 1)
    session.start(0, kind.conditions[0])
    let queries = (known..<known + 1).map { Self.location(0, $0) }
    session.advance(0..<1, placed: [Self.placed(0, 0..<known)], asking: [queries], inTurn: true)
    expectAgreement(
      "logits behind \(known) known tokens", session.logits([(0, 0)]).values.prefix(20),
      Self.logits(kind, 0, known..<known + 1, precision: .float32), within: 1e-5)
    session.commit(0, queries[0])
    #expect(session.length(of: 0) == kind.prefix + known + 1)
    session.advance(
      0..<1, placed: [Self.placed(0, known..<known + 1)], asking: [[Self.location(0, known + 1)]])
    expectAgreement(
      "logits a step later", session.logits([(0, 0)]).values.prefix(20),
      Self.logits(kind, 0, known + 1..<known + 2, precision: .float32), within: 1e-5)
  }

  @Test(arguments: Kind.allCases)
  func `gradients of every parameter are the differences of the loss`(kind: Kind) {
    // A model of its own: differences change weights, which the tests beside it read.
    let model = kind.makeModel()
    let pass = AnyOrderPass(model: model, training: true)
    for parameter in model.parameters { parameter.gradient.fill(0) }
    _ = pass.accumulateGradients(of: Self.batch(kind), dropouts: nil)
    func mean(_ losses: [Float]) -> Double { losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count) }
    for parameter in model.parameters {
      expectDifferencesMatch(parameter.name, parameter.value, gradient: parameter.gradient, tolerance: 2e-2) {
        let losses = pass.allLosses(of: Self.batch(kind))
        return losses.texts.isEmpty
          ? mean(losses.codes) : (7 * mean(losses.codes) + mean(losses.texts)) / 8
      }
    }
  }
}
