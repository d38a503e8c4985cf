import Foundation
import Generation
import Kernels
import Models
import Orders
import TestSupport
import Testing

/// Drawing where a policy chooses the locations.
@Suite struct PolicyGenerationTests {
  private static let model = FourBlockModel.model
  private static let policy = SmallPolicy.model

  private static let requests = (0..<9).map { image in
    GenerationRequest(condition: .label(image % 5), image: UInt64(image), seed: 3)
  }

  private func drawn(
    _ settings: GenerationSettings = GenerationSettings(sampler: TokenSampler()), batch: Int = 9,
    requests: [GenerationRequest] = PolicyGenerationTests.requests, precision: Precision = .float32
  ) -> [GeneratedTokens] {
    let generator = ImageGenerator(
      model: Self.model, teacher: Self.policy, settings: settings, batch: batch, precision: precision)
    return stride(from: 0, to: requests.count, by: batch).flatMap { start in
      generator.generate(Array(requests[start..<min(start + batch, requests.count)]))
    }
  }

  @Test(arguments: Precision.tested, [Float(1), 2])
  func `what is drawn was drawn in the order that the policy makes of it`(
    precision: Precision, guidance: Float
  ) {
    let found = drawn(
      GenerationSettings(sampler: TokenSampler(), guidanceStart: guidance, guidanceEnd: guidance),
      precision: precision)
    let orders = PolicyOrderExtractor(policy: Self.policy, batch: 9, precision: precision).extract(
      tokens: found.map(\.tokens), conditions: Self.requests.map(\.condition))
    #expect(found.map(\.order) == orders.map(\.order))
    #expect(Set(found.map(\.order)).count > 5)
    // The same codes as in that order, when it is given.
    let given = zip(Self.requests, found).map { request, image in
      GenerationRequest(
        condition: request.condition, order: image.order, image: request.image, seed: request.seed)
    }
    let settings = GenerationSettings(
      sampler: TokenSampler(), guidanceStart: guidance, guidanceEnd: guidance)
    let again = ImageGenerator(model: Self.model, settings: settings, batch: 9, precision: precision)
      .generate(given)
    #expect(again == found)
  }

  @Test func `several cells a step are the likeliest, and neither batch nor threads change a bit`() {
    var settings = GenerationSettings(sampler: TokenSampler(), steps: 5)
    let (alone, others) = ThreadCounts.results(attempts: 2) { drawn(settings) }
    #expect(others.isEmpty)
    #expect(drawn(settings, batch: 4) == alone)
    #expect(drawn(settings, batch: 1) == alone)
    // The cells of the first step are those that the policy finds likeliest behind the condition.
    let learned = LearnedPolicy(Self.policy, images: 1)
    let counts = DecodingSchedule.tokensPerStep(locations: 16, steps: 5)
    for (image, result) in alone.enumerated() {
      learned.start(0, Self.requests[image].condition)
      let first = learned.logProbabilities(0..<1, placed: [[]], free: [Array(0..<16)])[0]
      let best = first.indices.sorted { first[$0] > first[$1] }.prefix(counts[0])
      #expect(Array(result.order.prefix(counts[0])) == Array(best))
    }
    // Drawn locations are others, and are a function of the seed.
    settings.locationRule = LocationRule(temperature: 1)
    let chance = drawn(settings)
    #expect(chance.map(\.order) != alone.map(\.order) && drawn(settings, batch: 2) == chance)
  }

  @Test func `known tokens are read by the policy before it chooses`() {
    let whole = drawn()
    let known = zip(Self.requests, whole).map { request, image in
      let order = Array(image.order.prefix(6))
      return GenerationRequest(
        condition: request.condition, image: request.image, seed: request.seed,
        known: KnownTokens(order: order, codes: order.map { image.tokens[$0] }))
    }
    let completed = drawn(requests: known)
    // It goes on as it did when it had drawn these tokens itself.
    #expect(completed.map(\.order) == whole.map(\.order) && completed.map(\.tokens) == whole.map(\.tokens))
  }
}
