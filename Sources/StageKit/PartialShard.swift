import Files
import Foundation
import Shards

/// A shard that takes long, made batch by batch: what is done is kept beside the output as `<output>.partial` until the
/// whole is written, so that a stop or a kill costs a minute, not a shard.
///
/// It is a shard of the same kind, part, seed, origin and facts with the first records; anything else there is not
/// continued.
/// Whoever computes must give the same records whichever it begins with.
///
/// ```swift
/// var shard = try PartialShard(of: out, part: part, provenance: provenance, nothing: nothing, stage: stage)
/// let done = try shard.resume(of: ids.count, unit: "images") { $0.sampleIDs[...] == ids.prefix($0.count) }
/// for start in stride(from: done, to: ids.count, by: batch) { try shard.add(…) }
/// let contentID = try shard.finish()
/// ```
public struct PartialShard<Table: SampledTable> {
  private let out: String
  private let stage: StageRun
  private let part: ShardPart?
  private let provenance: Provenance
  private let nothing: Table
  private let gathered: GatheredShard<Table>
  private var clock: CheckpointClock
  private var total = 0
  private var unit = "records"

  /// Seconds between two writings.
  private static var seconds: Double { 60 }

  /// Where what is done is kept.
  private var path: String { PartialFile.path(of: out) }

  /// Records that are done.
  public var count: Int { gathered.count }

  /// - Parameters:
  ///   - out: the shard to make.
  ///   - part: its place in the split; nil for a single file.
  ///   - nothing: a table without records, with the facts that all have.
  /// - Throws: as `StageRun.check` where another file lies beside it.
  public init(
    of out: String, part: ShardPart?, provenance: Provenance, nothing: Table, stage: StageRun
  ) throws {
    self.out = out
    self.stage = stage
    self.part = part
    self.provenance = provenance
    self.nothing = nothing
    gathered = GatheredShard(from: nothing, for: out)
    clock = CheckpointClock(seconds: Self.seconds)
    try stage.check(PartialFile.path(of: out), .shard(Table.kind, part: part), inputs: [])
  }

  /// Takes over what an earlier run left of this shard. With `--force` nothing is continued.
  ///
  /// - Parameters:
  ///   - total: the records of the whole.
  ///   - unit: their name, such as "images".
  ///   - isContinued: false begins with the first record in any case.
  ///   - isBeginning: whether these are the records that the whole begins with.
  /// - Returns: how many records are done.
  public mutating func resume(
    of total: Int, unit: String, isContinued: Bool = true, isBeginning: (Table) -> Bool
  ) throws -> Int {
    self.total = total
    self.unit = unit
    guard access(path, F_OK) == 0, isContinued, !stage.options.force else { return 0 }
    guard let (table, header) = try? Table.read(path),
      UpToDate.matches(header, provenance, part: part ?? .whole),
      // Names of classes are no part of an input's content id.
      table.extra == nothing.extra,
      header.provenance.seed == provenance.seed, table.count <= total, isBeginning(table)
    else {
      stage.log.info(
        .note, "Beginning anew: \(path) is damaged or belongs to other settings or inputs", ["path": path])
      return 0
    }
    try gathered.append(table)
    stage.log.info(.resume, "Continuing after \(count) of \(total) \(unit)", ["path": path])
    return count
  }

  /// Adds the records of a batch; writes what there is if it is time to, and ends the stage if a signal asked for it.
  ///
  /// - Throws: exit code 75 on a stop request, `FileError.io`, and `ShardError.unfit` as `GatheredShard.append`.
  public mutating func add(_ batch: Table) throws {
    try gathered.append(batch)
    guard count < total else { return }
    if clock.isDue { try keep() }
    try stopIfAsked()
  }

  /// Ends the stage if a signal asked for it, in the middle of a batch: what was done before it is kept.
  ///
  /// - Throws: exit code 75 on a stop request, `FileError.io`.
  public mutating func stopIfAsked() throws {
    guard StopRequest.isSet else { return }
    if count > 0 { try keep() }
    try StopRequest.check(
      count > 0 ? "\(count) of \(total) \(unit) are kept in \(path)" : "this shard is made anew")
  }

  /// Writes the whole shard and deletes what was kept.
  ///
  /// - Returns: its content id.
  public func finish() throws -> String {
    let contentID = try write(to: out)
    unlink(path)
    return contentID
  }

  private mutating func keep() throws {
    let (path, write) = (path, write)
    try clock.write { _ = try write(path) }
  }

  private func write(to path: String) throws -> String {
    try gathered.write(
      to: path, shard: part?.index ?? 0, of: part?.count ?? 1, provenance: provenance)
  }
}

/// The file that `PartialShard` keeps, which no folder listing takes for a shard.
enum PartialFile {
  static func path(of out: String) -> String { out + ".partial" }

  /// Deletes what a process left that was killed between writing a shard and deleting its beginning.
  /// - Parameter stage: whose it must be.
  static func removeLeft(beside out: String, stage: String) {
    let path = path(of: out)
    guard access(path, F_OK) == 0, let header = try? ShardHeader.peek(path),
      header.provenance.stage == stage
    else { return }
    unlink(path)
  }
}
