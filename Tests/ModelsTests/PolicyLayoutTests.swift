import Foundation
import Kernels
import Layers
import Models
import TestSupport
import Testing

/// Models that predict where to go on.
@Suite struct PolicyLayoutTests {
  enum Kind: String, CaseIterable, Sendable {
    case classes, texts

    var configuration: AnyOrderConfiguration {
      AnyOrderConfiguration(
        width: 24, layers: 2, heads: 2, hidden: 48, codes: 20, classes: self == .texts ? 0 : 3,
        text: self == .texts ? TextSizes(vocabulary: 9, length: 5) : nil, positions: .doubleAbsolute,
        predicts: .locations, gridHeight: 3, gridWidth: 4)
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

    var conditions: [Condition] {
      self == .texts
        ? [.text([3, 1]), .text([8, 8, 0, 2, 7]), .unconditional] : [.label(0), .label(2), .unconditional]
    }

    var batch: AnyOrderBatch {
      AnyOrderBatch(tokens: tokens, conditions: conditions, orders: orders)
    }
  }

  private static let count = 12
  private static let images = 3
  private static let tokens = (0..<images * count).map { $0 * 7 % 20 }
  private static let orders = (0..<images).flatMap { image in (0..<count).map { ($0 * 5 + image) % count } }

  /// Logits of whole sequences, those of locations that are taken left out.
  private func free(_ logits: some Collection<Float>, _ image: Int, _ step: Int) -> [Float] {
    let values = Array(logits)
    return Self.orders[(image * Self.count + step)..<(image + 1) * Self.count].map { values[$0] }
  }

  @Test(arguments: Kind.allCases)
  func `a loss is the surprise at the next location among the free ones`(kind: Kind) {
    let pass = AnyOrderPass(model: kind.makeModel(), training: true)
    let (logits, losses) = (pass.logits(of: kind.batch), pass.losses(of: kind.batch))
    #expect(logits.count == Self.images * Self.count * Self.count && losses.count == Self.images * Self.count)
    var expected: [Float] = []
    for row in losses.indices {
      let all = logits[row * Self.count..<(row + 1) * Self.count].map(Double.init)
      let (image, step) = row.quotientAndRemainder(dividingBy: Self.count)
      let choices = Self.orders[row..<(image + 1) * Self.count].map { all[$0] }
      #expect(all.filter { $0 < -1e29 }.count == step)
      let top = choices.max() ?? 0
      expected.append(
        Float(log(choices.reduce(0) { $0 + exp($1 - top) }) + top - choices[0]))
      // The last location is certain.
      if step == Self.count - 1 { #expect(abs(losses[row]) < 1e-6) }
    }
    expectAgreement("losses of locations, \(kind)", losses, expected, within: 1e-5)
  }

  @Test(arguments: Kind.allCases)
  func `gradients of every parameter are the differences of the loss`(kind: Kind) {
    let model = kind.makeModel()
    let pass = AnyOrderPass(model: model, training: true)
    for parameter in model.parameters { parameter.gradient.fill(0) }
    let losses = pass.accumulateGradients(of: kind.batch, dropouts: nil)
    #expect(losses.texts.isEmpty)
    for parameter in model.parameters {
      expectDifferencesMatch(parameter.name, parameter.value, gradient: parameter.gradient, tolerance: 2e-2) {
        let losses = pass.losses(of: kind.batch)
        return losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count)
      }
    }
  }

  @Test(arguments: Kind.allCases, Precision.tested)
  func `decoding step by step gives the logits of whole sequences`(kind: Kind, precision: Precision) {
    let model = kind.makeModel()
    let all = AnyOrderPass(model: model, training: false, precision: precision).logits(of: kind.batch)
    let session = DecodingSession(model: model, sequences: Self.images, precision: precision)
    let images = 0..<Self.images
    for image in images { session.start(image, kind.conditions[image]) }
    for step in 0..<Self.count {
      let placed = images.map { image in
        (max(step - 1, 0)..<step).map { step -> PlacedToken in
          let location = Self.orders[image * Self.count + step]
          return PlacedToken(location: location, code: Self.tokens[image * Self.count + location])
        }
      }
      session.advance(images, placed: placed, asking: images.map { _ in [] })
      let logits = session.logitsOfContext()
      for image in images {
        let first = (image * Self.count + step) * Self.count
        expectAgreement(
          "logits of image \(image) at step \(step), \(kind) in \(precision)",
          free((0..<Self.count).map { logits.row(image)[$0] }, image, step),
          free(all[first..<first + Self.count], image, step), within: precision == .float32 ? 1e-5 : 0.06)
      }
    }
    // What is known may enter at once.
    session.start(1, kind.conditions[1])
    let known = Self.orders[Self.count..<Self.count + 7].map {
      PlacedToken(location: $0, code: Self.tokens[Self.count + $0])
    }
    session.advance(1..<2, placed: [known], asking: [[]])
    let logits = session.logitsOfContext()
    let first = (Self.count + 7) * Self.count
    expectAgreement(
      "logits behind seven known tokens, \(kind) in \(precision)",
      free((0..<Self.count).map { logits.row(0)[$0] }, 1, 7), free(all[first..<first + Self.count], 1, 7),
      within: precision == .float32 ? 1e-5 : 0.06)
  }

  @Test(arguments: Kind.allCases) func `sizes are read as they were written`(kind: Kind) throws {
    let sizes = kind.configuration
    #expect(sizes.problem == nil && sizes.outputs == 12)
    let policy = OrderPolicyConfiguration(width: 24, layers: 2, heads: 2, hidden: 48, for: sizes)
    #expect(policy.transformer == sizes && policy.problem == nil)
    let data = try JSONEncoder().encode(policy)
    #expect(try JSONDecoder().decode(OrderPolicyConfiguration.self, from: data) == policy)
    #expect(!String(decoding: data, as: UTF8.self).contains("positions"))
    let model = AnyOrderTransformer(configuration: sizes)
    #expect(
      Dictionary(uniqueKeysWithValues: model.parameters.map { ($0.name, $0.shape) }) == sizes.parameterShapes)
    #expect(model.textHead == nil)
    var other = sizes
    other.positions = .doubleRelative
    #expect(
      other.problem == "a model that predicts locations has absolute positions, found double-relative")
  }
}
