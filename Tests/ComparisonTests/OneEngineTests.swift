import Comparison
import Features
import Files
import Randomness
import Shards
import TestSupport
import Testing

/// Whoever asks, an arm or a folder, the same images give the same numbers.
struct OneEngineTests {
  /// Some images of a set.
  private func images(_ positions: [Int], of features: LoadedFeatures) -> LoadedFeatures {
    let dimension = features.space.dimension
    let values = positions.flatMap { features.values[$0 * dimension..<($0 + 1) * dimension] }
    return LoadedFeatures(
      FeatureTable(
        sampleIDs: positions.map { UInt64($0) }, labels: [UInt32](repeating: 0, count: positions.count),
        features: values, dimension: dimension, extractor: features.space.description),
      features.space, inputs: [])
  }

  private func rows(real: LoadedFeatures, fake: [LoadedFeatures]) throws -> [FoldersRecord.Row] {
    var comparison = try FolderComparison(
      real: ScoredSet(path: "real", features: real, inputs: []),
      generated: fake.enumerated().map { ScoredSet(path: "fake \($0)", features: $1, inputs: []) },
      against: nil, layers: [], settings: FolderSettings(neighbours: 3, kidSubsets: 4, kidSubsetSize: 20))
    return try comparison.rows(
      [.fid, .kid, .kidSubsets, .precisionRecall, .densityCoverage], strictly: true)
  }

  @Test func `an arm and its images as folders have the same numbers, bit by bit`() throws {
    let example = try ExampleScore()
    let record = try example.record()
    #expect(record.counts.compared == ExampleArm.each)
    var stream = RandomStream(seed: 7, purpose: "score.halves")
    let shuffled = stream.permutation(ExampleArm.real)
    let halves = (Array(shuffled[..<ExampleArm.each]), Array(shuffled[ExampleArm.each...]))
    for (reference, source) in [
      (ArmRecord.Reference.real, example.real), (.reconstructions, example.reconstructions),
    ] {
      let target = images(halves.0, of: source)
      let arm = try rows(real: target, fake: example.generatedBySeed)
      let floor = try rows(real: target, fake: [images(halves.1, of: source)])
      let entries = record.metrics.filter { $0.against == reference }
      #expect(arm.count == entries.count && entries.count == 2 * 7)
      for entry in entries {
        let row = try #require(arm.first { $0.name == entry.name })
        #expect(row.values == entry.values && row.raw == entry.raw && row.mean == entry.mean, "\(entry.name)")
        #expect(row.dimension == entry.dimension && row.values.count == 2)
        let other = try #require(floor.first { $0.name == entry.name })
        #expect(other.values == [entry.floors["second_half"]], "\(entry.name)")
      }
    }
  }

  @Test func `numbers depend neither on the company nor on the number of threads`() throws {
    let example = try ExampleScore()
    let all = try rows(real: example.real, fake: example.generatedBySeed)
    for (index, set) in example.generatedBySeed.enumerated() {
      let alone = try rows(real: example.real, fake: [set])
      for (one, two) in zip(alone, all) { #expect(one.raw == [two.raw[index]], "\(one.name)") }
    }
    // Fewer sets than threads share them otherwise than as many do.
    let (one, others) = try ThreadCounts.results(attempts: 1) {
      try rows(real: example.real, fake: example.generatedBySeed).map(\.raw)
    }
    #expect(one == all.map(\.raw) && others.isEmpty)
  }

  @Test func `errors of an arm are the jackknife's of its sets`() throws {
    let example = try ExampleScore(blocks: 5)
    let entry = try #require(try example.record().metrics.first)
    var stream = RandomStream(seed: 7, purpose: "score.halves")
    let half = Array(stream.permutation(ExampleArm.real)[..<ExampleArm.each])
    let errors = try example.generatedBySeed.map { set in
      var comparison = try FolderComparison(
        real: ScoredSet(path: "real", features: images(half, of: example.real), inputs: []),
        generated: [ScoredSet(path: "fake", features: set, inputs: [])], against: nil, layers: ["example-6"],
        settings: FolderSettings(jackknifeBlocks: 5, seed: 7))
      return try #require(try comparison.rows([.fid], strictly: true).first?.interval?.standardError)
    }
    let mean = (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
    #expect(entry.name == "FD(example-6, none)" && entry.jackknifeError == mean)
  }
}
