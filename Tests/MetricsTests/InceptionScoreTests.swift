import Metrics
import TestSupport
import Testing

@Suite struct InceptionScoreTests {
  private func logits() throws -> FeatureSet {
    let file = try FixtureFile(named: "metrics-a")
    return try FeatureSet("logits", dimension: file.shape("is.logits")[1], values: file.floats("is.logits"))
  }

  @Test(arguments: [1, 10], [true, false])
  func `mean and deviation over splits are the reference's`(splits: Int, shuffled: Bool) throws {
    let fixture = try MetricsFixture()
    let key = "torch_fidelity.splits\(splits).shuffle\(shuffled ? "True" : "False")"
    let found = try InceptionScore(
      logits: logits(), division: shuffled ? .shuffled(splits: splits, seed: 2020) : .inOrder(splits: splits))
    let tolerance = fixture.number("is", "tol_rel")
    let mean = fixture.number("is", key, "mean")
    #expect(abs(found.mean - mean) <= tolerance * mean)
    #expect(abs(found.deviation - fixture.number("is", key, "std")) <= tolerance * mean)
    #expect(found.splits.count == splits && found.splits.allSatisfy { (1...40).contains($0) })
  }

  @Test func `chunks of the rows as they come give guided-diffusion's number in its precision`() throws {
    let found = try InceptionScore(logits: logits(), division: .chunks(of: 200))
    let expected = try MetricsFixture().number("is", "guided_diffusion.split_size200(float32)")
    #expect(found.splits.count == 3)
    #expect(abs(found.mean - expected) <= 1e-5 * expected)
  }

  @Test func `one class for all images scores 1 and a class for each scores their number`() throws {
    let same = try FeatureSet("same", dimension: 3, values: [900, 0, 0, 900, 0, 0])
    #expect(try InceptionScore(logits: same, division: .inOrder(splits: 1)).mean == 1)
    let different = try FeatureSet("different", dimension: 2, values: [0, -900, -900, 0])
    let score = try InceptionScore(logits: different, division: .inOrder(splits: 1)).mean
    #expect(abs(score - 2) < 1e-12)
  }

  @Test func `more splits than images are refused`() throws {
    let two = try FeatureSet("two", dimension: 2, values: [0, 1, 1, 0])
    #expect(
      throws: MetricError.tooFewImages(
        metric: "an inception score of 10 splits", set: "two", found: 2, needed: 10)
    ) { try InceptionScore(logits: two, division: .shuffled(splits: 10, seed: 2020)) }
    let none = try FeatureSet("none", dimension: 2, values: [])
    #expect(throws: MetricError.self) { try InceptionScore(logits: none, division: .chunks(of: 5)) }
  }
}
