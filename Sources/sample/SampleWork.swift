import ModelStages
import Shards
import StageKit

/// Drawing or completing the images of a shard.
protocol SampleWork {
  /// A table without records, with the facts of the shard.
  var nothing: SampleTable { get }

  /// Adds the images that are missing to the shard, batch by batch.
  /// - Throws: exit code 75 on a stop request.
  func run(into shard: inout PartialShard<SampleTable>) throws
}

extension ModelOptions {
  /// Makes a shard of samples unless it is up to date.
  /// - Parameters:
  ///   - isRead: whether what the shard holds is wanted.
  ///   - work: reads the models.
  /// - Returns: what the shard holds; nil if it is not wanted, and on a dry run.
  func table(
    _ out: String, _ stage: StageRun, _ settings: SampleSettings, _ shard: SampleShard, configID: String,
    inputs: [Provenance.Input], isRead: Bool, work: () throws -> any SampleWork
  ) throws -> SampleTable? {
    if try stage.mustMake(
      out, algorithm: Sample.algorithm, configID: configID, inputs: inputs, part: shard.place)
    {
      try stage.configureEngine(settings.compute, config: config)
      let provenance = Provenance(
        stage: stage.name, algorithm: Sample.algorithm, configID: configID, seed: shard.seed, inputs: inputs,
        precision: settings.compute.precision.rawValue)
      let work = try work()
      var made = try PartialShard(
        of: out, part: shard.place, provenance: provenance, nothing: work.nothing, stage: stage)
      try work.run(into: &made)
      let contentID = try made.finish()
      try stage.wrote(out, contentID: contentID, count: made.count, unit: "images")
    }
    return isRead && !stage.options.dryRun ? try SampleTable(reading: out) : nil
  }
}
