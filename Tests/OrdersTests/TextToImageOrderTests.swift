import Foundation
import Models
import Orders
import TestSupport
import Testing

/// Extraction by the two caches against `t2i-a` and `t2i-c`, which were made by one pass a candidate.
@Suite struct TextToImageOrderTests {
  struct Case: Sendable {
    let run: String
    var weight = 0.0
    var measure = LocationRule.Measure.probability
  }

  @Test(
    arguments: TextToImageFixture.names,
    [
      Case(run: "extract"), Case(run: "extract_lambda0.5", weight: 0.5),
      Case(run: "extract_lambda0.5_logodds", weight: 0.5, measure: .logOdds),
    ])
  func `orders, confidences and likelihoods are the reference's`(name: String, rule: Case) throws {
    let fixture = try TextToImageFixture(name)
    let extractor = GreedyOrderExtractor(
      model: fixture.model(), rule: LocationRule(distanceWeight: rule.weight, measure: rule.measure),
      batch: fixture.count)
    let count = fixture.locations
    var seen = [[Float]](repeating: [], count: fixture.count)
    let results = extractor.extract(
      tokens: (0..<fixture.count).map(fixture.tokens), conditions: (0..<fixture.count).map(fixture.condition)
    ) { _, image, locations, scores in
      var row = [Float](repeating: -1, count: count)
      for (location, score) in zip(locations, scores) { row[location] = exp(score) }
      seen[image] += row
    }
    for (image, result) in results.enumerated() {
      let expected = try #require(fixture.run(rule.run, image))
      #expect(result.order == expected.order)
      let confidence = try #require(expected.confidence).map { Float($0) }
      #expect(largestDifference(result.confidence, confidence) < 7e-6)
      expectAgreement(
        "\(name)'s confidences", seen[image], fixture.file.floats("\(rule.run).\(image).conf_matrix"),
        within: 7e-6)
      expectAgreement(
        "\(name)'s likelihoods", result.logLikelihood.map { -$0 },
        try #require(expected.nll).map { Float($0) }, within: 1e-5)
      if let distance = expected.distance {
        #expect(
          abs(GenerationOrder.meanStepDistance(result.order, gridWidth: fixture.facts.config.side) - distance)
            < 1e-9)
      }
    }
  }
}
