import Features
import Files
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

  /// Everything as JSON.
  /// - Throws: `ShardError.mismatch` when shards belong to different arms or features to other images.
  public func json(
    generated: LoadedFeatures?, real: LoadedFeatures?, reconstructions: LoadedFeatures?
  ) throws -> JSONValue {
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
    var members: [String: JSONValue] = [
      "arm": .string(first.arm), "seeds": .array(samples.map { JSONValue($0.seed) }),
      "step_distance": try statistics.stepDistance(),
      "counts": .object([
        "generated": .array(samples.map { .integer($0.count) }), "classes": .integer(first.classNames.count),
      ]),
      "metrics": .array([]), "warnings": .array([]),
    ]
    if let share = try statistics.commonestCode(in: test) { members["commonest_code"] = share }
    guard let generated, let real else { return .object(members) }
    let comparison = try comparison(generated, real, reconstructions)
    members["metrics"] = try comparison.run()
    members["warnings"] = .array(comparison.warnings().map(JSONValue.string))
    members["extractor"] = [
      "name": .string(real.space.layers.map(\.name).joined(separator: "+")),
      "dimension": .integer(real.space.dimension), "resize": .string(real.space.resize),
      "weights_sha256": .string(real.space.weights),
    ]
    members["counts"] = .object([
      "generated": .array(samples.map { .integer($0.count) }), "classes": .integer(first.classNames.count),
      "real": .integer(real.count), "compared": .integer(comparison.count),
      "neighbours": .integer(settings.neighbours),
    ])
    return .object(members)
  }

  private func comparison(
    _ generated: LoadedFeatures, _ real: LoadedFeatures, _ reconstructions: LoadedFeatures?
  ) throws -> FeatureComparison {
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
    return FeatureComparison(
      settings: settings, real: real, reconstructions: reconstructions, generated: parts,
      seeds: samples.map(\.seed))
  }
}
