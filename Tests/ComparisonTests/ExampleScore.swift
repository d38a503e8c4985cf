import Comparison
import Features
import Files
import Shards

/// The score of the example arm with two sampling seeds.
struct ExampleScore {
  let settings: ScoreSection
  let real = ExampleArm.features(ExampleArm.real, mean: 0, stream: 1)
  let reconstructions = ExampleArm.features(ExampleArm.real, mean: 0.2, stream: 2)
  /// Of both seeds, one after the other.
  let generated: LoadedFeatures
  let samples = [ExampleArm.samples(seed: 1), ExampleArm.samples(seed: 2)]

  /// - Parameter blocks: of the jackknife.
  init(blocks: Int = 0) throws {
    settings = try JSONValue.object([
      "network": "", "layers": ["lite0-1280"], "neighbours": 3, "kernelSubsets": 4, "kernelSubsetSize": 20,
      "jackknifeBlocks": .integer(blocks), "likelihoodImages": 0, "seed": 7,
    ]).record()
    let parts = [UInt64(3), 4].map { ExampleArm.features(ExampleArm.each, mean: 0.5, stream: $0) }
    let table = FeatureTable(
      sampleIDs: samples.flatMap(\.sampleIDs), labels: samples.flatMap(\.labels),
      features: parts.flatMap(\.values), dimension: ExampleArm.space.dimension,
      extractor: ExampleArm.space.description)
    generated = LoadedFeatures(table, ExampleArm.space, inputs: [])
  }

  var generatedBySeed: [LoadedFeatures] {
    [generated.part(0..<ExampleArm.each), generated.part(ExampleArm.each..<2 * ExampleArm.each)]
  }

  func record() throws -> ArmRecord {
    try ArmScore(settings: settings, samplesPath: "samples", samples: samples, test: [ExampleArm.tokens])
      .record(generated: generated, real: real, reconstructions: reconstructions)
  }
}
