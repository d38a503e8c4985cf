import EngineKit
import Shards
import StageKit

/// Drawing or completing the images of a shard.
package protocol SampleWork {
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
  package func table(
    _ out: String, _ stage: StageRun, _ settings: SampleSettings, _ shard: SampleShard, configID: String,
    inputs: [Provenance.Input], isRead: Bool, work: () throws -> any SampleWork
  ) throws -> SampleTable? {
    let provenance = stage.provenance(
      algorithm: SampleStage.algorithm, configID: configID, seed: shard.seed, inputs: inputs,
      precision: settings.compute.precision.rawValue)
    try stage.make(out, provenance, part: shard.place) {
      try stage.configureEngine(settings.compute, config: config)
      let work = try work()
      var made = try PartialShard(
        of: out, part: shard.place, provenance: provenance, nothing: work.nothing, stage: stage)
      try work.run(into: &made)
      return MadeOutput(contentID: try made.finish(), count: made.count, unit: "images")
    }
    return isRead && !stage.options.dryRun ? try SampleTable(reading: out) : nil
  }
}
