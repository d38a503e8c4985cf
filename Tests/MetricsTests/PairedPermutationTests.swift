import Metrics
import Randomness
import Testing

@Suite struct PairedPermutationTests {
  private func features(_ name: String, mean: Float, stream: UInt64, count: Int = 40) throws -> FeatureSet {
    var random = RandomStream(seed: 8, purpose: "test.features", stream)
    return try FeatureSet(name, dimension: 3, values: random.normals(count * 3).map { $0 + mean })
  }

  @Test func `a generator that is worse is told from one that is not`() throws {
    let real = try features("real", mean: 0, stream: 1)
    let good = try features("good", mean: 0, stream: 2)
    let alike = try features("alike", mean: 0, stream: 3)
    let bad = try features("bad", mean: 1, stream: 4)
    let reference = try FrechetDistance.Factor(real)
    func test(_ a: FeatureSet, _ b: FeatureSet) throws -> PairedPermutationTest {
      try FrechetDistance.pairedTest(a, b, reference: reference, permutations: 99, seed: 1)
    }
    let found = try test(bad, good)
    #expect(found.pValue == 0.01)
    let expected =
      try FrechetDistance(generated: bad, reference: real).raw
      - FrechetDistance(generated: good, reference: real).raw
    #expect(abs(found.difference - expected) < 1e-9)
    #expect(try test(good, alike).pValue > 0.05)
    #expect(try test(good, good) == test(good, good.named("same")))
    #expect(try test(good, good).pValue == 1)
  }

  @Test func `a sum over pairs gives the p-value of measuring again`() throws {
    var random = RandomStream(seed: 4, purpose: "test.contributions")
    let contributions = random.normals(30).map { Double($0) + 0.2 }
    let summed = PairedPermutationTest(contributions: contributions, permutations: 400, seed: 7)
    let measured = try PairedPermutationTest(count: 30, permutations: 400, seed: 7) { exchanged in
      zip(contributions, exchanged).reduce(0) { $0 + ($1.1 ? -$1.0 : $1.0) }
    }
    #expect(summed == measured)
    #expect(summed.pValue > 1.0 / 401 && summed.pValue < 1)
  }

  @Test func `p-values of equal generators are uniform`() {
    let values = (0..<200).map { trial -> Double in
      var random = RandomStream(seed: 6, purpose: "test.contributions", UInt64(trial))
      let contributions = random.normals(20).map(Double.init)
      return PairedPermutationTest(contributions: contributions, permutations: 99, seed: UInt64(trial)).pValue
    }
    #expect((5...20).contains(values.count { $0 <= 0.05 }))
    #expect((80...120).contains(values.count { $0 <= 0.5 }))
  }

  @Test func `a difference counts alike in either direction`() {
    let contributions = (0..<40).map { Double($0 * 37 % 19) - 7 }
    let up = PairedPermutationTest(contributions: contributions, permutations: 400, seed: 3)
    let down = PairedPermutationTest(contributions: contributions.map { -$0 }, permutations: 400, seed: 3)
    #expect(up.difference == -down.difference && up.difference > 0)
    #expect(up.pValue == down.pValue && up.pValue < 0.2)
    let alike = PairedPermutationTest(
      contributions: [Double](repeating: -1, count: 40), permutations: 400, seed: 3)
    #expect(alike.pValue == 1.0 / 401)
  }

  @Test func `sets that do not pair up are refused`() throws {
    let a = try features("a", mean: 0, stream: 1)
    let b = try features("b", mean: 0, stream: 2, count: 39)
    let refusal = MetricError.countsDiffer(first: "a", firstCount: 40, second: "b", secondCount: 39)
    #expect(throws: refusal) {
      try FrechetDistance.pairedTest(a, b, reference: .init(a), permutations: 9, seed: 1)
    }
    #expect(throws: refusal) { try KernelDistance.contributions(a, b, reference: a) }
  }

  @Test(arguments: [(1, 12.7062), (2, 4.30265), (4, 2.77645), (19, 2.09302), (1000, 1.96234)])
  func `Student's critical values are the tables'`(degrees: Int, expected: Double) {
    #expect(abs(StudentT.critical(level: 0.95, degrees: degrees) / expected - 1) < 1e-5)
  }
}
