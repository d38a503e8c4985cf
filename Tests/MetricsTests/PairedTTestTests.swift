import Metrics
import Testing

@Suite struct PairedTTestTests {
  /// Differences 1, 2, 6: mean 3, deviation √7, so t = 3 / √(7/3) with 2 degrees of freedom, where the
  /// distribution has the closed form p = 1 − t / √(2 + t²).
  @Test func `the paired t of three differences is the textbook's`() throws {
    let test = try #require(PairedTTest([1, 2, 6]))
    let t = 3 / (7.0 / 3).squareRoot()
    #expect(abs(test.difference - 3) < 1e-12 && abs(test.standardError - (7.0 / 3).squareRoot()) < 1e-12)
    #expect(test.degrees == 2 && abs(test.t - t) < 1e-12)
    #expect(abs(test.pValue - (1 - t / (2 + t * t).squareRoot())) < 1e-9)
    let interval = test.interval(level: 0.95)
    #expect(abs(interval.lowerBound - (3 - 4.30265 * (7.0 / 3).squareRoot())) < 1e-4)
    #expect(abs(interval.upperBound - (3 + 4.30265 * (7.0 / 3).squareRoot())) < 1e-4)
    let opposite = try #require(PairedTTest([-1, -2, -6]))
    #expect(opposite.pValue == test.pValue && opposite.t == -test.t)
  }

  @Test(arguments: [[], [0.3], [0.5, 0.5, 0.5], [0, 0], [0.1, .nan], [1, .infinity]])
  func `differences without spread are not judged`(differences: [Double]) {
    #expect(PairedTTest(differences) == nil)
  }

  /// Tables of the t distribution: two-sided points of 5 and 1 in a hundred.
  @Test(arguments: [
    (1, 12.7062, 0.05), (2, 4.30265, 0.05), (2, 9.92484, 0.01), (4, 4.60409, 0.01), (9, 2.26216, 0.05),
    (30, 2.75, 0.01), (120, 1.97993, 0.05),
  ])
  func `p-values are the tables'`(degrees: Int, t: Double, expected: Double) {
    #expect(abs(StudentT.pValue(t: t, degrees: degrees) / expected - 1) < 1e-4)
    #expect(StudentT.pValue(t: -t, degrees: degrees) == StudentT.pValue(t: t, degrees: degrees))
    #expect(abs(StudentT.critical(level: 1 - expected, degrees: degrees) / t - 1) < 1e-4)
  }

  @Test func `no difference has p-value 1, an endless one 0`() {
    #expect(StudentT.pValue(t: 0, degrees: 3) == 1)
    #expect(StudentT.pValue(t: .infinity, degrees: 3) < 1e-9)
  }
}

@Suite struct HolmCorrectionTests {
  /// Holm's procedure by hand: 0.01·4, 0.02·3, 0.03·2 and 0.04·1, each no less than the one before.
  @Test func `p-values are adjusted step by step and in their own order`() {
    let found = HolmCorrection([0.04, 0.01, 0.03, 0.02]).outcomes
    let expected = [0.06, 0.04, 0.06, 0.06]
    for (outcome, expected) in zip(found, expected) { #expect(abs(outcome.adjusted - expected) < 1e-12) }
    #expect(found.map(\.isRejected) == [false, true, false, false])
    // The least is held against 0.05 / 4; 0.02 fails at 0.05 / 3, and so do all behind it.
    let thresholds = [0.05 / 3, 0.05 / 4, 0.05 / 3, 0.05 / 3]
    for (outcome, expected) in zip(found, thresholds) { #expect(abs(outcome.threshold - expected) < 1e-12) }
  }

  @Test func `after the first failure nothing is rejected, however small`() {
    // 0.04 would pass its own step, 0.05 / 1, but 0.03 failed at 0.05 / 2.
    let found = HolmCorrection([0.03, 0.04]).outcomes
    #expect(found.map(\.isRejected) == [false, false])
    #expect(found.allSatisfy { $0.threshold == 0.025 })
  }

  @Test func `one test is not corrected, and no adjusted value exceeds 1`() {
    let one = HolmCorrection([0.05]).outcomes
    #expect(one.map(\.adjusted) == [0.05] && one.map(\.threshold) == [0.05])
    #expect(one.map(\.isRejected) == [true])
    #expect(HolmCorrection([0.9, 0.8]).outcomes.map(\.adjusted) == [1, 1])
    #expect(HolmCorrection([]).outcomes.isEmpty)
    #expect(HolmCorrection([0.001, 0.002, 0.003]).outcomes.allSatisfy { $0.isRejected })
  }

  @Test func `an interval at the threshold leaves out 0 just where the test rejects`() throws {
    let samples = [
      [1.0, 1.1, 0.9], [0.2, 0.9, 0.1], [-2, -2.1, -1.8], [0.1, -0.3, 0.3], [0.4, 0.5, 0.7],
    ]
    let tests = try samples.map { try #require(PairedTTest($0)) }
    let outcomes = HolmCorrection(tests.map(\.pValue)).outcomes
    #expect(Set(outcomes.map(\.isRejected)).count == 2)
    for (test, outcome) in zip(tests, outcomes) {
      #expect(test.interval(level: 1 - outcome.threshold).contains(0) == !outcome.isRejected)
      #expect((outcome.adjusted <= 0.05) == outcome.isRejected)
    }
  }
}
