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
    let requests = (0..<32).map { GenerationRequest(label: $0 % 5, image: UInt64($0), seed: 3) }
    let (alone, others) = ThreadCounts.results(attempts: 3) {
      ImageGenerator(
        model: FourBlockModel.model, teacher: FourBlockModel.model, settings: settings, batch: 32,
        precision: precision
      ).generate(requests)
    }
    for other in others { Issue.record("\(other.threads) threads draw other images") }
    #expect(Set(alone.map(\.tokens)).count == 32, "images differ")
  }
}
