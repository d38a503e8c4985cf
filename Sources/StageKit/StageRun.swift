import ArgumentParser
import Communication
import Files
import Foundation
import Shards

/// A running stage: its log, its options, and what it will record about itself.
public final class StageRun {
  public let name: String
  public let options: StageOptions
  public let log: Log
  /// The processes that make this stage's outputs together; the first writes them and says what is said.
  public let ranks: any Communicator
  /// Whether all ranks end here in the same way, so that none waits for another in vain.
  public var endsTogether = false
  private var start = ContinuousClock.now
  private var facts: [String: String] = [:]

  init(_ name: String, _ options: StageOptions, ranks: any Communicator = Alone()) {
    self.name = name
    self.ranks = ranks
    var options = options
    if !ranks.isFirst { options.quiet = true }
    self.options = options
    log = Log(stage: name, options: options, isFirst: ranks.isFirst)
  }

  /// Seconds since the stage began, or since it wrote the output before this one.
  public var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

  /// Adds a fact to the run record, such as ("blas_core", "Haswell"). It never enters a result.
  public func record(_ key: String, _ value: String) { facts[key] = value }

  /// Whether the stage must make the output: false if it is up to date (then it is touched and "unchanged" is
  /// logged) and on a dry run. `--force` makes it anyway.
  /// - Parameters:
  ///   - path: the output, a shard, or a JSON file with a `provenance`.
  ///   - part: the part of its split that a shard must be; nil takes any.
  /// - Throws: `FileError` (exit code 74) where no file can be written, before any work.
  func mustMake(_ path: String, _ provenance: Provenance, part: ShardPart? = nil) throws -> Bool {
    try AtomicFile.check(path)
    let check = {
      path.hasSuffix(".json")
        ? UpToDate.checkJSON(path, provenance) : UpToDate.check(path, provenance, part: part)
    }
    if !options.force, check() {
      log.info(.unchanged, "\(path) is unchanged", ["path": path])
      if !options.dryRun {
        UpToDate.touch(path)
        PartialFile.removeLeft(beside: path, stage: name)
      }
      return false
    }
    if options.dryRun { log.info(.note, "would make \(path)", ["path": path]) }
    return !options.dryRun
  }

  /// Writes the run record of an output and says in one line what was made.
  public func wrote(_ path: String, _ made: MadeOutput) throws {
    let seconds = seconds
    let record = RunRecord(
      stage: name, output: path, contentID: made.contentID, seconds: seconds, threads: options.threadCount,
      facts: facts)
    try record.write(beside: path)
    var status = stat()
    let size = stat(path, &status) == 0 ? Int(status.st_size) : 0
    var parts = ["wrote \(path) (\(HumanText.bytes(size)))"]
    if made.count > 0 { parts.append("\(grouped(made.count)) \(made.unit)") }
    parts.append(
      HumanText.duration(seconds)
        + (made.count > 0 ? ", \(HumanText.rate(Double(made.count) / seconds))" : ""))
    parts.append("peak memory \(HumanText.bytes(PeakMemory.bytes))")
    log.info(
      .wrote, parts.joined(separator: " · "),
      [
        "path": path, "content_id": made.contentID, "seconds": String(format: "%.3f", seconds),
        "peak_memory_bytes": "\(PeakMemory.bytes)",
      ])
    start = .now
  }
}

/// Runs the body of a stage: listens for signals, and turns whatever it throws into one sentence and an exit
/// code.
///
/// ```swift
/// func run() throws {
///   try runStage("extract-orders", options) { stage in
///     let (settings, configID) = try StageConfiguration.load(config, as: Settings.self, algorithm: 1)
///     let inputs = [try Provenance.Input(role: "tokens", shard: tokens)]
///     let provenance = stage.provenance(algorithm: 1, configID: configID, inputs: inputs)
///     try stage.make(out, provenance) {
///       …
///       return MadeOutput(contentID: id, count: 512, unit: "images")
///     }
///   }
/// }
/// ```
///
/// - Parameter sharesWork: whether processes that a launcher started together work on one output. Those of other stages
///   know nothing of each other.
public func runStage(
  _ name: String, _ options: StageOptions, sharesWork: Bool = false, _ body: (StageRun) throws -> Void
) throws {
  StopRequest.install()
  let ranks: any Communicator
  do { ranks = sharesWork ? try Launch.join() : Alone() } catch {
    let failure = StageError(.configuration, error.description)
    // All processes have the same to say.
    guard Launch.number() == 0 else { throw ExitCode(failure.exitCode) }
    throw StageRun(name, options).end(after: failure)
  }
  let stage = StageRun(name, options, ranks: ranks)
  do {
    try body(stage)
    ranks.finish()
  } catch { throw stage.end(after: error) }
}
