import Generation
import Kernels
import Models
import TestSupport
import Testing

/// Images do not depend on the number of threads.
@Suite(.serialized) struct ThreadTests {
  @Test(arguments: Precision.tested)
  func `generated images are the same for any number of threads`(precision: Precision) {
    let settings = GenerationSettings(sampler: TokenSampler(temperature: 1), guidanceStart: 2, guidanceEnd: 2)
    let requests = (0..<32).map { GenerationRequest(condition: .label($0 % 5), image: UInt64($0), seed: 3) }
    let (alone, others) = ThreadCounts.results(attempts: 3) {
      ImageGenerator(
        model: FourBlockModel.model, teacher: FourBlockModel.model, settings: settings, batch: 32,
        precision: precision
      ).generate(requests)
    }
    for other in others { Issue.record("\(other.threads) threads draw other images") }
    #expect(Set(alone.map(\.tokens)).count == 32, "images differ")
  }

  @Test func `a generator with a teacher draws the same images again`() {
    let settings = GenerationSettings(sampler: TokenSampler(temperature: 1))
    let generator = ImageGenerator(
      model: FourBlockModel.model, teacher: FourBlockModel.model, settings: settings, batch: 3)
    func drawn(_ seed: UInt64) -> [GeneratedTokens] {
      generator.generate(
        (0..<3).map { GenerationRequest(condition: .label($0), image: UInt64($0), seed: seed) })
    }
    let first = drawn(3)
    #expect(drawn(4) != first)
    #expect(drawn(3) == first)
  }
}
