import Generation
import Kernels
import Models
import TestSupport
import Testing

/// Images do not depend on the number of threads.
@Suite(.serialized) struct ThreadTests {
  private static let model: AnyOrderTransformer = {
    let model = AnyOrderTransformer(
      configuration: AnyOrderConfiguration(
        width: 48, layers: 4, heads: 3, hidden: 96, codes: 50, classes: 5, gridHeight: 4, gridWidth: 4))
    model.initialise(seed: 8)
    for index in 0..<model.head.weight.value.count {
      model.head.weight.value[index] = Float(index * 7919 % 1003) / 2000 - 0.25
    }
    return model
  }()

  @Test(arguments: Precision.tested)
  func `generated images are the same for any number of threads`(precision: Precision) {
    let settings = GenerationSettings(sampler: TokenSampler(temperature: 1), guidanceStart: 2, guidanceEnd: 2)
    let requests = (0..<32).map { GenerationRequest(label: $0 % 5, image: UInt64($0), seed: 3) }
    let (alone, others) = ThreadCounts.results(attempts: 3) {
      ImageGenerator(
        model: Self.model, teacher: Self.model, settings: settings, batch: 32, precision: precision
      ).generate(requests)
    }
    for other in others { Issue.record("\(other.threads) threads draw other images") }
    #expect(Set(alone.map(\.tokens)).count == 32, "images differ")
  }
}
