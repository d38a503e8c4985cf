import Communication
import Foundation
import Shards
import StageKit
import Weights

/// The loop of every stage that trains: a run that can be stopped at any moment and continued to the same bytes.
///
/// Checkpoints hold weights, moments, the number of steps and the trainer's state; everything else is a function of
/// the configuration and the inputs. SIGTERM writes one and ends with exit code 75; a kill loses the steps since the
/// last one. A checkpoint of another configuration or of other inputs is never continued.
public final class TrainingRun {
  let stage: StageRun
  let out: String
  let provenance: Provenance
  let options: TrainingRunOptions
  let checkpoints: CheckpointDirectory
  let trace: TraceFile?
  private let folder: String
  private let lock: StageLock?
  /// The processes that train together. The first writes metrics and results and decides when checkpoints are due.
  var ranks: any Communicator { stage.ranks }

  /// Locks the folder of the output, which takes metrics and checkpoints, until the run is no longer referred to.
  /// - Throws: exit code 75 while another process works there, `FileError.io`.
  public init(stage: StageRun, out: String, provenance: Provenance, options: TrainingRunOptions) throws {
    self.stage = stage
    self.out = out
    self.provenance = provenance
    self.options = options
    let folder = URL(filePath: out).deletingLastPathComponent()
    self.folder = folder.relativePath
    checkpoints = CheckpointDirectory(folder.appending(path: "checkpoints").relativePath)
    trace = try options.trace.map { try TraceFile($0, ranks: stage.ranks) }
    lock = stage.ranks.isFirst ? try StageLock(folder.relativePath, stage: stage.name) : nil
  }

  /// Trains to the end, writing metrics and checkpoints on the way, and publishes the weights.
  ///
  /// - Returns: what was learned in this run, for the stage's last line.
  /// - Throws: exit code 64 where checkpoints of another stage lie, 78 for one of another configuration or of other
  ///   inputs, 70 when a loss or a gradient is not finite, 75 when a signal asked to stop; and what the trainer
  ///   throws, `FormatError` and `ShardError`.
  public func run(_ trainer: some Trainer) throws -> MadeOutput {
    defer { withExtendedLifetime(lock) {} }
    try begin(trainer)
    let first = trainer.step
    try takeSteps(trainer)
    var contentID = ""
    if ranks.isFirst {
      contentID = try trainer.result().write(to: out, provenance: provenance)
      if !type(of: trainer).keepsCheckpoints { checkpoints.removeAll() }
    }
    let learned = trainer.learnedPerStep
    return MadeOutput(
      contentID: contentID, count: (trainer.totalSteps - first) * learned.count, unit: learned.unit)
  }

  /// Takes the remaining steps. After the last one the weights are in a checkpoint too, so that a stop while the
  /// result is measured or written loses no step.
  private func takeSteps<T: Trainer>(_ trainer: T) throws {
    let metrics =
      ranks.isFirst
      ? try MetricsLog(directory: folder, columns: trainer.columns, resumingAfter: trainer.step) : nil
    let progress = Progress(
      URL(filePath: folder).lastPathComponent, total: trainer.totalSteps, done: trainer.step, unit: "steps",
      log: stage.log, options: stage.options)
    var clock = CheckpointClock(seconds: options.checkpointSeconds)
    let first = trainer.step
    var heap = HeapGrowth()
    while trainer.step < trainer.totalSteps {
      let report = try trainer.takeStep()
      let step = trainer.step
      let isLast = step == trainer.totalSteps
      heap.observe(stepsTaken: step - first, isLast: isLast)
      for (quantity, value) in [("loss", report.loss), ("gradient", report.gradientNorm)]
      where !value.isFinite {
        throw StageError.notFinite(quantity, value, step: step)
      }
      if let metrics, let row = try trainer.metrics(after: report) { try metrics.write(step: step, row) }
      progress.set(step, note: String(format: "loss %.3f", report.loss))
      let wishes = ranks.gather([StopRequest.isSet, ranks.isFirst && clock.isDue])
      let isStopped = stride(from: 0, to: wishes.count, by: 2).contains { wishes[$0] }
      if isStopped {
        try save(trainer)
        progress.finish()
        stage.endsTogether = true
        throw StopRequest.failure("checkpoint of step \(step) of \(trainer.totalSteps) written")
      }
      if isLast || wishes[1] { try clock.write { try save(trainer) } }
      try trace?.write(after: step - first, isLast: isLast)
    }
    progress.finish()
    if let growth = heap.bytes { stage.record("heap_growth_bytes", "\(growth)") }
  }
}
