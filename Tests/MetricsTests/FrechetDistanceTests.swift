import Metrics
import TestSupport
import Testing

@Suite struct FrechetDistanceTests {
  @Test(arguments: ["full", "lowrank", "identical", "duplicates", "constant_fake", "dim1"])
  func `the distance of two sets of features is the reference's`(name: String) throws {
    let fixture = try MetricsFixture()
    let expected = fixture.number(name, "fid")
    let found = try FrechetDistance(
      generated: fixture.features("\(name).fake"), reference: fixture.features("\(name).real"))
    // The fixture's own limits leave room for other methods; this one keeps ten digits.
    #expect(abs(found.raw - expected) <= 1e-10 + 1e-10 * abs(expected))
    #expect(found.value >= 0)
    let smaller = try min(fixture.features("\(name).fake").count, fixture.features("\(name).real").count)
    #expect(found.rankDeficient == (smaller <= fixture.file.shape("\(name).fake")[1]))
  }

  /// pytorch-fid and torch-fidelity lose digits in the root of a covariance without full rank, the others do not.
  @Test(arguments: ["full", "lowrank", "identical", "duplicates", "constant_fake"])
  func `other tools measure the same distance`(name: String) throws {
    let fixture = try MetricsFixture()
    let found = try FrechetDistance(
      generated: fixture.features("\(name).fake"), reference: fixture.features("\(name).real")
    ).raw
    for (tool, share) in [
      ("pytorch_fid", 2e-7), ("torch_fidelity", 2e-7), ("nuclear", 1e-10), ("eigh_svd", 1e-10),
    ] {
      let expected = fixture.number(name, "fid_\(tool)")
      #expect(abs(found - expected) <= share * abs(expected) + 1e-10, "\(tool): \(expected), \(found)")
    }
  }

  @Test(arguments: ["full", "lowrank", "duplicates", "dim1"])
  func `the distance of their statistics is the same`(name: String) throws {
    let fixture = try MetricsFixture()
    let found = try FrechetDistance(
      .init(FeatureStatistics(of: fixture.features("\(name).fake"))),
      .init(FeatureStatistics(of: fixture.features("\(name).real"))))
    #expect(abs(found.raw - fixture.number(name, "fid")) < 1e-6)
  }

  @Test func `given statistics with a singular covariance give the closed form`() throws {
    let fixture = try MetricsFixture()
    func statistics(_ side: Int) throws -> FeatureStatistics {
      try FeatureStatistics(
        "set \(side)", count: 0, mean: fixture.file.doubles("stats.mu\(side)"),
        covariance: fixture.file.doubles("stats.sigma\(side)"))
    }
    let found = try FrechetDistance(.init(statistics(1)), .init(statistics(2)))
    #expect(abs(found.raw - fixture.number("stats", "fid")) < 1e-7)
  }

  @Test func `a side with fewer images than features meets one with more`() throws {
    let fixture = try MetricsFixture()
    let few = try fixture.features("lowrank.fake")
    let many = try fixture.features("full.real")
    let direct = try FrechetDistance(generated: few, reference: many)
    let statistics = try FrechetDistance(
      .init(FeatureStatistics(of: few)), .init(FeatureStatistics(of: many)))
    #expect(abs(direct.raw - statistics.raw) < 1e-6)
    #expect(direct.rankDeficient)
  }

  @Test func `the printed distance is the raw one, but for rounding below zero`() throws {
    let fixture = try MetricsFixture()
    for name in ["full", "lowrank", "dim1"] {
      let found = try FrechetDistance(
        generated: fixture.features("\(name).fake"), reference: fixture.features("\(name).real"))
      #expect(found.raw > 0.01 && found.value == found.raw)
    }
    let same = try fixture.features("full.real")
    let zero = try FrechetDistance(generated: same, reference: same)
    #expect(abs(zero.raw) < 1e-6 && zero.value == max(zero.raw, 0))
  }

  @Test func `a covariance has full rank from one image more than it has features`() throws {
    let all = try MetricsFixture().features("full.real")
    for (count, isDeficient) in [
      (all.dimension - 1, true), (all.dimension, true), (all.dimension + 1, false),
    ] {
      let part = all.selecting(0..<count)
      #expect(try FrechetDistance(generated: part, reference: all).rankDeficient == isDeficient)
      let statistics = try FrechetDistance.Factor(FeatureStatistics(of: part))
      #expect(try FrechetDistance(statistics, .init(all)).rankDeficient == isDeficient)
    }
  }

  @Test func `merged statistics are those of the union`() throws {
    let fixture = try MetricsFixture()
    let all = try fixture.features("full.real")
    let merged = try FeatureStatistics(of: all.selecting(0..<90))
      .merged(with: FeatureStatistics(of: all.selecting(90..<300)))
    let whole = try FeatureStatistics(of: all)
    #expect(merged.count == 300)
    for (a, b) in zip(merged.mean + merged.covariance, whole.mean + whole.covariance) {
      #expect(abs(a - b) < 1e-12 * max(1, abs(b)))
    }
  }

  @Test func `a large common offset loses no digits`() throws {
    let fixture = try MetricsFixture()
    func shifted(_ key: String) throws -> FeatureSet {
      // Multiples of 2⁻⁸, so that adding 4096 is exact in single precision.
      let values = fixture.file.floats(key).map { ($0 * 256).rounded() / 256 }
      return try FeatureSet(key, dimension: 64, values: values.map { $0 + 4096 })
    }
    func rounded(_ key: String) throws -> FeatureSet {
      try FeatureSet(key, dimension: 64, values: fixture.file.floats(key).map { ($0 * 256).rounded() / 256 })
    }
    let near = try FrechetDistance(generated: rounded("full.fake"), reference: rounded("full.real"))
    let far = try FrechetDistance(generated: shifted("full.fake"), reference: shifted("full.real"))
    #expect(abs(near.raw - far.raw) < 1e-9)
  }

  @Test func `impossible input is refused by name`() throws {
    let one = try FeatureSet("one image", dimension: 3, values: [1, 2, 3])
    let two = try FeatureSet("two images", dimension: 3, values: [1, 2, 3, 4, 5, 6])
    let narrow = try FeatureSet("narrow", dimension: 2, values: [1, 2, 3, 4, 5, 6])
    #expect(
      throws: MetricError.tooFewImages(
        metric: "a Fréchet distance", set: "one image", found: 1, needed: 2)
    ) { try FrechetDistance(generated: one, reference: two) }
    #expect(throws: MetricError.dimensionsDiffer(generated: 3, reference: 2)) {
      try FrechetDistance(generated: two, reference: narrow)
    }
    #expect(throws: MetricError.self) {
      let broken = try FeatureStatistics("broken", count: 9, mean: [0, 0], covariance: [1, 0, 0, -1])
      _ = try FrechetDistance.Factor(broken)
    }
    #expect(throws: MetricError.wrongShape(set: "the covariance of broken", expected: 4, found: 3)) {
      try FeatureStatistics("broken", count: 9, mean: [0, 0], covariance: [1, 0, 0])
    }
  }

  @Test func `a value that is not finite is refused with its image's number`() throws {
    do {
      _ = try FeatureSet("generated images", dimension: 2, values: [1, 2, 3, 4, 5, .nan])
      Issue.record("the set was accepted")
    } catch let error as MetricError {
      guard case .notFinite("generated images", 2, 1, let found) = error, found.isNaN else {
        Issue.record("\(error)")
        return
      }
      #expect(error.description.contains("image 2 of generated images"))
    }
    #expect(throws: MetricError.notFinite(set: "s", image: 1, feature: 0, found: .infinity)) {
      try FeatureSet("s", dimension: 1, values: [1, .infinity])
    }
    #expect(throws: MetricError.wrongShape(set: "s", expected: 4, found: 3)) {
      try FeatureSet("s", dimension: 2, values: [1, 2, 3])
    }
  }
}
