import Foundation
import Generation
import Models
import Orders
import TestSupport
import Testing

/// Steps that take whatever is confident enough.
@Suite struct ThresholdTests {
  private func model() throws -> AnyOrderTransformer {
    try RandARFixture.model(try FixtureFile(named: "randar-a"))
  }

  private func settings(_ threshold: Double, temperature: Double = 1, guidance: Float = 1)
    -> GenerationSettings
  {
    GenerationSettings(
      sampler: TokenSampler(temperature: temperature), guidanceStart: guidance, guidanceEnd: guidance,
      threshold: threshold)
  }

  private let requests = (0..<5).map {
    GenerationRequest(condition: .label($0), order: nil, image: UInt64($0), seed: 3)
  }

  @Test(arguments: [Float(1), 2]) func `certainty is never reached, so that one token a step is left`(
    guidance: Float
  ) throws {
    let model = try model()
    let plain = ImageGenerator(model: model, settings: settings(0, guidance: guidance), batch: 5)
    let strict = ImageGenerator(model: model, settings: settings(1, guidance: guidance), batch: 5)
    #expect(plain.generate(requests) == strict.generate(requests))
  }

  @Test(arguments: [false, true]) func `a step takes all that reaches the threshold and the best at least`(
    isTaught: Bool
  ) throws {
    let model = try model()
    let first = firstConfidences(model)
    let threshold = exp(Double(first.sorted()[first.count * 2 / 3]))
    let generator = ImageGenerator(
      model: model, teacher: isTaught ? model : nil, settings: settings(threshold, temperature: 0), batch: 5)
    for (request, made) in zip(requests, generator.generate(requests)) {
      let expected = plainly(model, request.condition, threshold: threshold)
      #expect(made.order == expected.order && made.tokens == expected.tokens && made.steps == expected.steps)
      #expect((2..<16).contains(expected.steps), "neither one step nor one token a step: \(expected.steps)")
    }
  }

  @Test func `an image does not depend on the others of its batch`() throws {
    let model = try model()
    let threshold = exp(Double(firstConfidences(model).sorted()[8]))
    let together = ImageGenerator(model: model, settings: settings(threshold, guidance: 2), batch: 5)
    let alone = ImageGenerator(model: model, settings: settings(threshold, guidance: 2), batch: 1)
    let made = together.generate(requests)
    #expect(made == requests.map { alone.generate([$0])[0] })
    #expect(Set(made.map(\.order)).count > 1)
  }

  @Test func `given orders have no confidence to go by`() throws {
    let model = try model()
    let raster = requests.map {
      GenerationRequest(condition: $0.condition, order: Array(0..<16), image: $0.image, seed: 3)
    }
    let plain = ImageGenerator(model: model, settings: settings(0), batch: 5)
    let loose = ImageGenerator(model: model, settings: settings(1e-6), batch: 5)
    #expect(plain.generate(raster) == loose.generate(raster))
  }

  private func firstConfidences(_ model: AnyOrderTransformer) -> [Float] {
    let session = DecodingSession(model: model, sequences: 1)
    session.start(0, .label(0))
    session.advance(0..<1, placed: [[]], asking: [Array(0..<16)])
    return session.logConfidences()[0]
  }

  /// The rule spelled out: one image, the most likely codes.
  private func plainly(_ model: AnyOrderTransformer, _ condition: Condition, threshold: Double)
    -> (order: [Int], tokens: [Int], steps: Int)
  {
    let session = DecodingSession(model: model, sequences: 1)
    session.start(0, condition)
    var (order, tokens, steps) = ([Int](), [Int](repeating: 0, count: 16), 0)
    var last: [PlacedToken] = []
    while order.count < 16 {
      let free = (0..<16).filter { !order.contains($0) }
      session.advance(0..<1, placed: [last], asking: [free])
      let scores = session.logConfidences()[0]
      let ranked = free.indices.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
      let good = ranked.filter { scores[$0] >= Float(log(threshold)) }
      let chosen = good.isEmpty ? [ranked[0]] : good
      let logits = session.logits(chosen.map { (0, $0) })
      last = chosen.enumerated().map { row, index in
        let row = Array(UnsafeBufferPointer(start: logits.row(row), count: logits.columns))
        return PlacedToken(location: free[index], code: row.firstIndex(of: row.max() ?? 0) ?? 0)
      }
      session.commit(0, free[chosen[0]])
      for token in last {
        order.append(token.location)
        tokens[token.location] = token.code
      }
      steps += 1
    }
    return (order, tokens, steps)
  }
}
