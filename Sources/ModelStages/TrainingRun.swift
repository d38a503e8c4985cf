import ArgumentParser
import Checkpoints
import Foundation
import Kernels
import Models
import Shards
import StageKit
import Training

/// A training run that can be stopped at any moment and continued to the same bytes.
///
/// Checkpoints hold weights, moments and the number of steps; everything else is a function of the configuration
/// and the inputs. SIGTERM writes one and ends with exit code 75; a kill loses the steps since the last one. A
/// checkpoint of another configuration or of other inputs is never continued.
public struct TrainingRun {
  let stage: StageRun
  let out: String
  let provenance: Provenance
  let options: TrainingRunOptions
  let checkpoints: CheckpointDirectory

  private var folder: String { URL(filePath: out).deletingLastPathComponent().relativePath }

  /// What a checkpoint keeps besides tensors: which run it belongs to.
  struct State: Codable, Sendable {
    var provenance: Provenance
  }

  /// Columns of metrics.csv and keys of metrics.jsonl.
  public static let columns = [
    "loss", "bits_per_token", "gradient_norm", "learning_rate", "random_share", "step_distance",
    "validation_raster", "validation_random", "validation_extracted",
  ]

  public init(stage: StageRun, out: String, provenance: Provenance, options: TrainingRunOptions) {
    self.stage = stage
    self.out = out
    self.provenance = provenance
    self.options = options
    checkpoints = CheckpointDirectory(
      URL(filePath: out).deletingLastPathComponent().appending(path: "checkpoints").relativePath)
  }

  /// Trains to the end, measuring and saving on the way, and publishes the weights.
  ///
  /// - Parameters:
  ///   - file: the model with its initial weights.
  ///   - validation: held-out images; as many as the settings ask for are used. Likelihoods are measured along
  ///     their extracted orders too where there are any.
  public func run(
    _ file: TransformerFile, settings: TrainingSettings, precision: Precision, data: TokenDataset,
    validation: TokenDataset
  ) throws {
    try MemoryRoom.require(
      product: [settings.batch, data.locations, 2, 3 * MemoryLayout<Int32>.size],
      subject: "'training.batch'", purpose: "two batches of \(grouped(settings.batch)) images",
      advice: "Lower it.")
    let lock = try StageLock(folder, stage: stage.name)
    defer { withExtendedLifetime(lock) {} }
    let trainer = AnyOrderTrainer(model: file.model, settings: settings, data: data, precision: precision)
    try resume(trainer)
    let metrics = try MetricsLog(directory: folder, columns: Self.columns, resumingAfter: trainer.step)
    let likelihood = Likelihood(model: file.model, precision: precision)
    let images = 0..<min(settings.validateImages, validation.count)
    let progress = Progress(
      URL(filePath: folder).lastPathComponent, total: settings.steps, done: trainer.step, unit: "steps",
      log: stage.log, options: stage.options)
    var clock = CheckpointClock(seconds: options.checkpointSeconds)
    let firstStep = trainer.step
    var heap = HeapGrowth()
    while trainer.step < settings.steps {
      let report = trainer.takeStep()
      heap.observe(stepsTaken: report.step - firstStep, isLast: report.step == settings.steps)
      guard report.loss.isFinite else {
        throw StageError(
          .internal,
          "The loss became \(report.loss) at step \(report.step): lower the learning rate of this stage.")
      }
      guard report.gradientNorm.isFinite else {
        throw StageError(
          .internal,
          "The gradient became \(report.gradientNorm) at step \(report.step): lower the learning rate of this "
            + "stage.")
      }
      var entry = [
        "loss": report.loss, "bits_per_token": report.loss / log(2), "gradient_norm": report.gradientNorm,
        "learning_rate": report.learningRate, "random_share": report.randomShare,
        "step_distance": report.stepDistance,
      ]
      let last = report.step == settings.steps
      if !images.isEmpty, last || (settings.validateEvery > 0 && report.step % settings.validateEvery == 0) {
        let bits = likelihood.means(of: images, in: validation)
        if let value = [bits.raster, bits.random, bits.extracted ?? 0].first(where: { !$0.isFinite }) {
          throw StageError(
            .internal,
            "The validation likelihood became \(value) at step \(report.step): lower the learning rate of this "
              + "stage.")
        }
        entry["validation_raster"] = bits.raster
        entry["validation_random"] = bits.random
        entry["validation_extracted"] = bits.extracted
        stage.log.debug(
          .note,
          String(
            format: "step %d: %.4f bits a token raster, %.4f random", report.step, bits.raster, bits.random)
            + (bits.extracted.map { String(format: ", %.4f along extracted orders", $0) } ?? ""))
      }
      try metrics.write(step: report.step, entry)
      progress.set(report.step, note: String(format: "loss %.3f", report.loss))
      if StopRequest.isSet {
        try save(trainer, file: file)
        throw StopRequest.failure("checkpoint of step \(trainer.step) of \(settings.steps) written")
      }
      if last || clock.isDue { try clock.write { try save(trainer, file: file) } }
    }
    progress.finish()
    if let growth = heap.bytes { stage.record("heap_growth_bytes", "\(growth)") }
    let facts: [String: JSONValue] = [
      "steps": .integer(settings.steps), "objective": .string(settings.objective.rawValue),
    ]
    let contentID = try file.table(facts: facts).write(to: out, provenance: provenance)
    try stage.wrote(
      out, contentID: contentID, count: (settings.steps - firstStep) * settings.batch * data.locations,
      unit: "image tokens")
  }

  // MARK: checkpoints

  private func resume(_ trainer: AnyOrderTrainer) throws {
    try checkpoints.requireOwn(stage)
    if stage.options.force { checkpoints.removeAll() }
    guard let checkpoint = checkpoints.latest(State.self, onDamage: { stage.log.warning($0) }) else { return }
    guard checkpoint.state.provenance == provenance else {
      guard options.restart else {
        throw StageError(
          .configuration,
          "\(checkpoints.path) holds a checkpoint of step \(checkpoint.step) of other settings or inputs, expected "
            + "one of this run. Give --restart to leave it behind and start afresh, or another --out.")
      }
      stage.log.info(
        .note,
        "Leaving a checkpoint of step \(checkpoint.step) behind: it belongs to other settings or inputs")
      checkpoints.removeAll()
      return
    }
    let path = checkpoint.path
    try trainer.model.parameters.load(checkpoint.table("weights"), path: path)
    try trainer.optimizer.momentParameters.load(checkpoint.table("optimizer"), path: path)
    trainer.resume(after: checkpoint.step)
    stage.log.info(.resume, "Continuing after step \(checkpoint.step)", ["step": "\(checkpoint.step)"])
  }

  private func save(_ trainer: AnyOrderTrainer, file: TransformerFile) throws {
    let shards = [
      "weights": try file.table(),
      "optimizer": trainer.optimizer.momentParameters.table(model: .null),
    ]
    try checkpoints.save(
      step: trainer.step, shards: shards, state: State(provenance: provenance), provenance: provenance)
    stage.log.debug(.checkpoint, "Checkpoint of step \(trainer.step) written", ["step": "\(trainer.step)"])
  }
}
