import Kernels
import Metrics
import Randomness
import Testing

@Suite struct ExtrapolatedDistanceTests {
  /// Normal features around a constant.
  private func features(_ name: String, count: Int, dimension: Int, mean: Float, stream: UInt64) throws
    -> FeatureSet
  {
    var random = RandomStream(seed: 5, purpose: "test.features", stream)
    return try FeatureSet(
      name, dimension: dimension, values: random.normals(count * dimension).map { $0 + mean })
  }

  @Test func `the limit is near the truth where the distance itself is far above it`() throws {
    // As commands do it: OpenBLAS's own threads would split sums by what else is going on.
    Parallel.configure(threads: 2)
    // Means differ by 0.2 in 32 features and covariances are equal: the true distance is 1.28.
    let generated = try features("generated", count: 1600, dimension: 32, mean: 0.2, stream: 1)
    let real = try features("real", count: 2000, dimension: 32, mean: 0, stream: 2)
    let found = try ExtrapolatedDistance(generated: generated, reference: .shrinking(real), seed: 3)
    let whole = try FrechetDistance(generated: generated, reference: real).raw
    #expect(found.points.count == 15)
    #expect(found.points.first?.count == 320 && found.points.first?.referenceCount == 400)
    #expect(found.points.last?.count == 1600)
    #expect(abs((found.points.last?.distance ?? 0) - whole) < 1e-9)
    #expect(whole > 1.5 && abs(found.limit - 1.28) < 0.15, "\(whole), \(found.limit)")
    #expect(found.slope > 0)
    #expect(found == (try ExtrapolatedDistance(generated: generated, reference: .shrinking(real), seed: 3)))
  }

  @Test func `a fixed reference stays whole`() throws {
    let generated = try features("generated", count: 200, dimension: 4, mean: 0, stream: 3)
    let real = try features("real", count: 5000, dimension: 4, mean: 0, stream: 4)
    let found = try ExtrapolatedDistance(
      generated: generated, reference: .fixed(.init(real)), sizes: 5, seed: 1)
    #expect(found.points.map(\.count) == [40, 80, 120, 160, 200])
    #expect(found.points.allSatisfy { $0.referenceCount == nil })
    #expect(abs(found.limit) < abs(found.points[0].distance))
  }

  @Test func `too few images for a line in 1 over N are refused, on either side`() throws {
    let many = try features("many", count: 400, dimension: 32, mean: 0, stream: 5)
    let few = try features("few", count: 79, dimension: 32, mean: 0, stream: 6)
    let refusal = MetricError.tooFewForExtrapolation(set: "few", found: 79, needed: 80)
    #expect(throws: refusal) {
      try ExtrapolatedDistance(generated: few, reference: .shrinking(many), seed: 1)
    }
    #expect(throws: refusal) {
      try ExtrapolatedDistance(generated: many, reference: .shrinking(few), seed: 1)
    }
    #expect(throws: MetricError.self) {
      try ExtrapolatedDistance(generated: few, reference: .fixed(.init(many)), seed: 1)
    }
  }
}
