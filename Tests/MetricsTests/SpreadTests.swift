import Metrics
import Randomness
import Testing

@Suite struct SpreadTests {
  @Test func `a summary gives mean, deviation and standard error`() {
    let summary = Summary(of: [1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 6])
    #expect(summary.mean == 1e9 + 3)
    #expect(abs((summary.deviation ?? 0) - (14.0 / 3).squareRoot()) < 1e-9)
    #expect(abs((summary.standardError ?? 0) - (14.0 / 12).squareRoot()) < 1e-9)
    #expect(summary.populationDeviation == 3.5.squareRoot())
    #expect(Summary(of: [4]).standardError == nil)
  }

  @Test func `a jackknife of a mean is the standard error of the mean`() throws {
    var stream = RandomStream(seed: 3, purpose: "test")
    let values = stream.normals(400).map(Double.init)
    let found = try Jackknife.standardError(count: 400, blocks: 400, seed: 1) { positions in
      Summary(of: positions.map { values[$0] }).mean
    }
    #expect(abs(found - (Summary(of: values).standardError ?? 0)) < 1e-9)
    let blocked = try Jackknife.standardError(count: 400, blocks: 20, seed: 1) { positions in
      Summary(of: positions.map { values[$0] }).mean
    }
    #expect(abs(blocked / found - 1) < 0.5)
    #expect(throws: MetricError.self) {
      try Jackknife.standardError(count: 5, blocks: 10, seed: 1) { _ in 0 }
    }
  }

  @Test func `a bootstrap interval covers the mean as often as it says`() throws {
    var covered = 0
    for trial in 0..<100 {
      var stream = RandomStream(seed: 9, purpose: "test", UInt64(trial))
      let interval = try BootstrapInterval(
        ofMean: stream.normals(60).map(Double.init), resamples: 400, level: 0.9, seed: UInt64(trial))
      if interval.low <= 0 && interval.high >= 0 { covered += 1 }
    }
    #expect((80...97).contains(covered))
    #expect(throws: MetricError.self) { try BootstrapInterval(ofMean: [], seed: 1) }
  }

  @Test func `the ends of a bootstrap interval are quantiles of its resamples`() throws {
    let values = [3.0, 1, 4, 1.5, 9, 2.6, 5]
    let found = try BootstrapInterval(ofMean: values, resamples: 41, level: 0.8, seed: 12)
    let means = (0..<41).map { resample in
      var stream = RandomStream(seed: 12, purpose: "score.bootstrap", UInt64(resample))
      return values.reduce(0.0) { sum, _ in sum + values[stream.below(7)] } / 7
    }.sorted()
    // A tenth and nine tenths of 40 steps.
    #expect(abs(found.low - means[4]) < 1e-12 && abs(found.high - means[36]) < 1e-12)
    #expect(found.low < found.mean && found.mean < found.high)
  }
}
