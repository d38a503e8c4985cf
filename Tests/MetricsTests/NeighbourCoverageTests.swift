import Kernels
import Metrics
import Testing

@Suite struct NeighbourCoverageTests {
  @Test(
    arguments: ["full", "lowrank", "identical", "duplicates", "constant_fake"], [3, 5])
  func `both readings are the reference's`(name: String, k: Int) throws {
    let fixture = try MetricsFixture()
    let found = try NeighbourCoverage(
      generated: fixture.features("\(name).fake"), reference: fixture.features("\(name).real"), k: k)
    for (scores, key) in [(found.inclusive, "nonstrict_le"), (found.strict, "strict_lt")] {
      let expected = try #require(fixture.scores(name, "exact_k\(k)", key))
      let values = [scores.precision, scores.recall, scores.density, scores.coverage]
      for (value, wanted) in zip(values, expected) { #expect(abs(value - wanted) < 1e-12, "\(key)") }
    }
    #expect(found.k == k)
  }

  /// In exact arithmetic prdc counts strictly and torch-fidelity inclusively.
  @Test(arguments: ["full", "lowrank", "identical", "duplicates", "constant_fake"], [3, 5])
  func `each reading is that of a published tool`(name: String, k: Int) throws {
    let fixture = try MetricsFixture()
    let found = try NeighbourCoverage(
      generated: fixture.features("\(name).fake"), reference: fixture.features("\(name).real"), k: k)
    let prdc = try #require(fixture.scores(name, "prdc_k\(k)"))
    let strict = [found.strict.precision, found.strict.recall, found.strict.density, found.strict.coverage]
    for (value, wanted) in zip(strict, prdc) { #expect(abs(value - wanted) < 1e-12, "prdc") }
    // torch-fidelity reports single precision.
    for (key, value) in [("precision", found.inclusive.precision), ("recall", found.inclusive.recall)] {
      let wanted = fixture.number(name, "torch_fidelity_pr_k\(k)", key)
      #expect(abs(value - wanted) < 1e-7, "torch-fidelity's \(key)")
    }
  }

  @Test func `repeated images far from the origin are still ties`() throws {
    // Products of numbers near 1000 would blur distances of 0 by more than the radius.
    let points: [Float] = [1000, 1000, 1000.25, 1000, 1000, 1000.25, 1000, 1000]
    let set = try FeatureSet("points", dimension: 2, values: points)
    let found = try NeighbourCoverage(generated: set, reference: set, k: 1)
    // Two points coincide: their radius is 0, so they hold themselves inclusively and nothing strictly.
    #expect(found.inclusive.precision == 1)
    #expect(found.strict.coverage == 0.5)
  }

  @Test func `a set of k images has no k-th neighbour`() throws {
    let three = try FeatureSet("three", dimension: 1, values: [1, 2, 3])
    let four = try FeatureSet("four", dimension: 1, values: [1, 2, 3, 4])
    #expect(
      throws: MetricError.tooFewImages(
        metric: "precision and recall with k = 3", set: "three", found: 3, needed: 4)
    ) { try NeighbourCoverage(generated: three, reference: four, k: 3) }
  }
}
