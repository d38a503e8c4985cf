import Foundation
import Generation
import Models
import Orders
import Randomness
import TestSupport
import Testing

/// The noise of sampling is a function of (seed, image, tokens placed, window): told again in the test, draw by draw.
@Suite struct SamplingStreamTests {
  private static let sampler = TokenSampler(temperature: 1.3, topK: 20, topP: 0.97)

  private func generate(_ settings: GenerationSettings, _ requests: [GenerationRequest]) throws
    -> [GeneratedTokens]
  {
    let model = try RandARFixture.model(try FixtureFile(named: "randar-a"))
    return ImageGenerator(model: model, settings: settings, batch: requests.count).generate(requests)
  }

  private func stream(_ purpose: String, _ request: GenerationRequest, placed: Int) -> RandomStream {
    RandomStream(seed: request.seed, purpose: purpose, request.image, UInt64(placed), request.window)
  }

  /// One image drawn with full passes. Without an order, the next locations are those of the largest
  /// log c / temperature plus noise, or plainly the most confident ones.
  private func naive(
    _ naive: NaiveModel, _ request: GenerationRequest, steps: Int, locationTemperature: Double = 0
  ) -> GeneratedTokens {
    var (history, tokens) = ([Int](), [Int](repeating: 0, count: 16))
    for count in DecodingSchedule.tokensPerStep(locations: 16, steps: steps) {
      let placed = history.count
      var next: [Int]
      if let order = request.order {
        next = Array(order[placed..<placed + count])
      } else {
        var noise = stream("sample.location", request, placed: placed)
        let free = (0..<16).filter { !history.contains($0) }
        let scores = free.map { location -> Double in
          let logits = naive.logits(request.label, history: history, tokens: tokens, next: location)
          let confidence = NaiveModel.softmax(logits).max() ?? 0
          if locationTemperature == 0 { return confidence }
          return log(confidence) / locationTemperature - log(-log(noise.uniform()))
        }
        next = free.indices.sorted { scores[$0] > scores[$1] }.prefix(count).map { free[$0] }
      }
      // All codes of a step are drawn before any of them is seen.
      var uniforms = stream("sample.token", request, placed: placed)
      let codes = next.map { location -> Int in
        let logits = naive.logits(request.label, history: history, tokens: tokens, next: location)
        return logits.map { Float($0) }.withUnsafeBufferPointer {
          Self.sampler.draw($0, uniform: uniforms.uniform())
        }
      }
      for (location, code) in zip(next, codes) { tokens[location] = code }
      history += next
    }
    return GeneratedTokens(tokens: tokens, order: history, confidence: [])
  }

  /// Images that differ in nothing but what keys their noise.
  private func requests(order: [Int]?) -> [GenerationRequest] {
    [
      GenerationRequest(condition: .label(4), order: order, image: 0, seed: 1),
      GenerationRequest(condition: .label(4), order: order, image: 1, seed: 1),
      GenerationRequest(condition: .label(4), order: order, image: 0, seed: 2),
      GenerationRequest(condition: .label(4), order: order, image: 0, seed: 1, window: 0),
      GenerationRequest(condition: .label(4), order: order, image: 0, seed: 1, window: 1),
    ]
  }

  private func check(_ settings: GenerationSettings, order: [Int]?, locationTemperature: Double = 0) throws {
    let model = try NaiveModel()
    let requests = requests(order: order)
    let made = try generate(settings, requests)
    for (index, request) in requests.enumerated() {
      let expected = naive(model, request, steps: settings.steps, locationTemperature: locationTemperature)
      #expect(made[index].order == expected.order, "request \(index)")
      #expect(made[index].tokens == expected.tokens, "request \(index)")
    }
    #expect(Set(made.map(\.tokens)).count == requests.count, "every image has noise of its own")
  }

  @Test(arguments: [0, 6]) func `codes along a given order are drawn by the image's own noise`(steps: Int)
    throws
  {
    let order = GenerationOrder.random(16, seed: 5, purpose: "test", 3)
    try check(GenerationSettings(sampler: Self.sampler, steps: steps), order: order)
  }

  @Test(arguments: [0, 6]) func `codes at greedily chosen locations are drawn by the image's own noise`(
    steps: Int
  ) throws {
    try check(GenerationSettings(sampler: Self.sampler, steps: steps), order: nil)
  }

  @Test(arguments: [0, 6]) func `noisy locations are chosen by the image's own noise`(steps: Int) throws {
    try check(
      GenerationSettings(
        sampler: Self.sampler, steps: steps, locationRule: LocationRule(temperature: 0.8)),
      order: nil, locationTemperature: 0.8)
  }

  /// A model without preferences makes the uniform values themselves visible.
  @Test func `every step's noise is new`() throws {
    let model = AnyOrderTransformer(configuration: RandARFixture.configuration)
    model.initialise(seed: 1)
    let made = ImageGenerator(model: model, settings: GenerationSettings(sampler: TokenSampler()), batch: 2)
      .generate(
        (0..<2).map { GenerationRequest(condition: .label(0), order: Array(0..<16), image: $0, seed: 7) })
    for image in 0..<2 {
      let expected = (0..<16).map { placed -> Int in
        var stream = RandomStream(seed: 7, purpose: "sample.token", UInt64(image), UInt64(placed))
        return Int(stream.uniform() * 32)
      }
      #expect(made[image].tokens == expected)
      #expect(Set(made[image].tokens).count > 8)
    }
    #expect(made[0].tokens != made[1].tokens)
  }
}

extension GenerationRequest {
  fileprivate var label: Int {
    switch condition {
    case .unconditional: NaiveModel.nullClass
    case .label(let label): label
    case .text: preconditionFailure("a text")
    }
  }
}
