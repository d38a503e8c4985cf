import Foundation
import Shards

/// The first records of a shard that takes long, kept beside the output as `<output>.partial` until the whole is
/// written: a stop or a kill then costs a minute, not a shard.
///
/// It is a shard of the same kind by the same stage, algorithm, configuration and inputs; anything else there is not
/// continued. Whoever computes must give the same records whichever it begins with.
public struct PartialShard<Table: ShardTable> {
  public let path: String
  private let stage: StageRun
  private let part: ShardPart?
  private let provenance: Provenance
  private var clock: CheckpointClock

  /// Seconds between two writings.
  static var seconds: Double { 60 }

  /// - Throws: as `StageRun.check` where another file lies there.
  public init(of out: String, part: ShardPart?, provenance: Provenance, stage: StageRun) throws {
    path = out + ".partial"
    self.stage = stage
    self.part = part
    self.provenance = provenance
    clock = CheckpointClock(seconds: Self.seconds)
    try stage.check(path, .shard(Table.kind, part: part), inputs: [])
  }

  /// What an earlier run left of this shard, or nil. With `--force` nothing is continued.
  ///
  /// - Parameters:
  ///   - total: the records of the whole.
  ///   - unit: their name, such as "images".
  ///   - isBeginning: whether these are the records that the whole begins with.
  public func found(of total: Int, unit: String, isBeginning: (Table) -> Bool) -> Table? {
    guard access(path, F_OK) == 0, !stage.options.force else { return nil }
    guard let (table, header) = try? Table.read(path),
      UpToDate.matches(
        header.provenance, stage: provenance.stage, algorithm: provenance.algorithm,
        configID: provenance.configID, inputs: provenance.inputs),
      table.count <= total, isBeginning(table)
    else {
      stage.log.info(
        .note, "Beginning anew: \(path) is damaged or belongs to other settings or inputs", ["path": path])
      return nil
    }
    stage.log.info(.resume, "Continuing after \(table.count) of \(total) \(unit)", ["path": path])
    return table
  }

  /// To be called after each unit of work: writes what there is if it is time to, and ends the stage if a signal asked
  /// for it.
  ///
  /// - Throws: exit code 75 on a stop request, `FileError.io`.
  public mutating func keep(_ count: Int, of total: Int, unit: String, _ table: () -> Table) throws {
    guard count < total, StopRequest.isSet || clock.isDue else { return }
    let (path, part, provenance) = (path, part, provenance)
    try clock.write {
      _ = try table().write(to: path, shard: part?.index ?? 0, of: part?.count ?? 1, provenance: provenance)
    }
    try StopRequest.check("\(count) of \(total) \(unit) are kept in \(path)")
  }

  /// Deletes it, once the whole is there.
  public func remove() { unlink(path) }
}
