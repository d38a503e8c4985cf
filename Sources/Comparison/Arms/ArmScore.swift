import Features
import Shards

/// Everything that is measured about one arm: samples of one model in one order, one shard per sampling seed.
public struct ArmScore {
  let settings: ScoreSection
  let samplesPath: String
  let samples: [SampleTable]
  /// The test images' tokens; may be empty.
  let test: [TokenTable]

  /// - Parameters:
  ///   - settings: what is measured.
  ///   - samplesPath: where the samples are, for errors.
  ///   - samples: a table a sampling seed.
  ///   - test: the test images' tokens; may be empty.
  public init(
    settings: ScoreSection, samplesPath: String, samples: [SampleTable], test: [TokenTable]
  ) {
    self.settings = settings
    self.samplesPath = samplesPath
    self.samples = samples
    self.test = test
  }

  /// Measures everything that can be.
  /// - Parameters:
  ///   - generated: features of the samples; nil to measure without features.
  ///   - real: those of the real test images.
  ///   - reconstructions: those of the same images as the tokenizer reproduces them.
  /// - Throws: `ShardError.mismatch` when shards belong to different arms or features to other images.
  public func record(
    generated: LoadedFeatures?, real: LoadedFeatures?, reconstructions: LoadedFeatures?
  ) throws -> ArmRecord {
    guard let first = samples.first,
      let other = samples.first(where: { $0.arm != first.arm }) ?? samples.first,
      other.arm == first.arm
    else {
      throw ShardError.mismatch(
        path: samplesPath, expected: "samples of one arm",
        found: Set(samples.map(\.arm)).sorted().joined(separator: ", "))
    }
    guard Set(samples.map(\.seed)).count == samples.count else {
      throw ShardError.mismatch(
        path: samplesPath, expected: "a sampling seed for each shard, no two equal",
        found: "the seeds " + samples.map { "\($0.seed)" }.joined(separator: ", "))
    }
    let statistics = SampleStatistics(samples: samples, settings: settings)
    let comparison = try generated.flatMap { generated in
      try real.map { try self.comparison(generated, $0, reconstructions) }
    }
    return ArmRecord(
      arm: first.arm, seeds: samples.map(\.seed),
      counts: ArmRecord.Counts(
        generated: samples.map(\.count), classes: first.classNames.count, real: comparison?.real.count,
        compared: comparison?.count, neighbours: comparison == nil ? nil : settings.neighbours),
      stepDistance: try statistics.stepDistance(), commonestCode: statistics.commonestCode(in: test),
      metrics: try comparison?.entries() ?? [], warnings: comparison?.warnings() ?? [],
      space: comparison.map { SpaceRecord($0.real.space) })
  }

  private func comparison(
    _ generated: LoadedFeatures, _ real: LoadedFeatures, _ reconstructions: LoadedFeatures?
  ) throws -> ArmComparison {
    for features in [generated, reconstructions].compactMap({ $0 }) {
      guard features.space == real.space else {
        throw ShardError.mismatch(
          path: features.inputs.first?.name ?? "the features",
          expected: "features by \(real.space), as of the real images",
          found: "features by \(features.space)")
      }
    }
    let total = samples.reduce(0) { $0 + $1.count }
    let ids = samples.flatMap(\.sampleIDs)
    guard generated.count == total, generated.sampleIDs == nil || generated.sampleIDs == ids else {
      throw ShardError.mismatch(
        path: generated.inputs.first?.name ?? "the features",
        expected: "features of the \(total) samples in \(samplesPath)",
        found: "\(generated.count) features of other images")
    }
    if let reconstructions {
      let known = real.sampleIDs != nil && reconstructions.sampleIDs != nil
      guard reconstructions.count == real.count, !known || reconstructions.sampleIDs == real.sampleIDs else {
        throw ShardError.mismatch(
          path: reconstructions.inputs.first?.name ?? "the reconstructions",
          expected: "reconstructions of the \(real.count) real images",
          found: "\(reconstructions.count) of other images")
      }
    }
    var start = 0
    let parts = samples.map { table in
      defer { start += table.count }
      return generated.part(start..<start + table.count)
    }
    return ArmComparison(
      settings: settings, real: real, reconstructions: reconstructions, generated: parts,
      seeds: samples.map(\.seed))
  }
}
