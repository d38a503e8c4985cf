import Metrics
import TestSupport
import Testing

@Suite struct KernelDistanceTests {
  @Test func `the generator permutes as NumPy does`() throws {
    let file = try FixtureFile(named: "metrics-a")
    var twister = MersenneTwister(seed: 2020)
    #expect(twister.permutation(503) == file.ints("is.perm_seed2020_n503"))
  }

  @Test(arguments: ["full", "lowrank", "identical"])
  func `subsets are drawn bit for bit as torch-fidelity draws them`(name: String) throws {
    let file = try FixtureFile(named: "metrics-a")
    let shape = file.shape("\(name).kid_idx_fake")
    let fake = file.shape("\(name).fake")[0]
    let real = file.shape("\(name).real")[0]
    var twister = MersenneTwister(seed: 2020)
    var fakeIndices = [Int]()
    var realIndices = [Int]()
    for _ in 0..<shape[0] {
      fakeIndices += twister.choice(fake, size: shape[1])
      realIndices += twister.choice(real, size: shape[1])
    }
    #expect(fakeIndices == file.ints("\(name).kid_idx_fake"))
    #expect(realIndices == file.ints("\(name).kid_idx_real"))
  }

  @Test(arguments: ["full", "lowrank", "identical"])
  func `mean and deviation over subsets are the reference's`(name: String) throws {
    let fixture = try MetricsFixture()
    let found = try KernelDistance.subsets(
      generated: fixture.features("\(name).fake"), reference: fixture.features("\(name).real"),
      count: Int(fixture.number(name, "kid", "subsets")), size: Int(fixture.number(name, "kid", "size")),
      seed: UInt32(fixture.number(name, "kid", "seed")))
    let mean = fixture.number(name, "kid", "mean")
    let deviation = fixture.number(name, "kid", "std")
    #expect(abs(found.mean - mean) <= 1e-9 * abs(mean))
    #expect(abs(found.deviation - deviation) <= 1e-9 * abs(deviation))
    // torch-fidelity's own number, whose kernel is computed in single precision.
    #expect(abs(found.mean - fixture.number(name, "kid", "float32_mean")) <= 2e-6)
  }

  @Test(arguments: ["full", "lowrank", "identical", "duplicates", "constant_fake"])
  func `the estimator over all images is the reference's`(name: String) throws {
    let fixture = try MetricsFixture()
    let expected = fixture.number(name, "kid_full_unbiased")
    let found = try KernelDistance.full(
      generated: fixture.features("\(name).fake"), reference: fixture.features("\(name).real"))
    #expect(abs(found - expected) <= 1e-9 * abs(expected))
  }

  @Test func `what pairs contribute adds up to the difference, before and after exchanges`() throws {
    let fixture = try MetricsFixture()
    let reference = try fixture.features("full.real")
    let a = try fixture.features("full.fake").selecting(0..<60)
    let b = try fixture.features("lowrank.fake").selecting((0..<60).map { $0 % 50 })
    let contributions = try KernelDistance.contributions(a, b, reference: reference)
    func difference(_ first: FeatureSet, _ second: FeatureSet) throws -> Double {
      try KernelDistance.full(generated: first, reference: reference)
        - KernelDistance.full(generated: second, reference: reference)
    }
    #expect(abs(contributions.reduce(0, +) - (try difference(a, b))) < 1e-12)
    let exchanged = (0..<60).map { $0 % 3 == 0 || $0 > 50 }
    let values = [a, b].map { set in
      (0..<60).map { Array(set.values[$0 * set.dimension..<($0 + 1) * set.dimension]) }
    }
    let sets = try [0, 1].map { side in
      try FeatureSet(
        "mixed", dimension: a.dimension,
        values: (0..<60).flatMap { values[exchanged[$0] ? 1 - side : side][$0] })
    }
    let expected = zip(contributions, exchanged).reduce(0) { $0 + ($1.1 ? -$1.0 : $1.0) }
    #expect(abs(expected - (try difference(sets[0], sets[1]))) < 1e-12)
  }

  @Test func `subsets larger than a set shrink to it`() throws {
    let fixture = try MetricsFixture()
    let found = try KernelDistance.subsets(
      generated: fixture.features("lowrank.fake"), reference: fixture.features("lowrank.real"), count: 2)
    #expect(found.size == 40)
  }
}
