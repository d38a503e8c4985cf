import Checkpoints
import Foundation
import Kernels
import Layers
import Models
import Shards
import StageKit
import Training

/// A training run that can be stopped at any step and continued with the same result.
final class FitRun {
  private let stage: StageRun
  private let trainer: TokenizerTrainer
  private let trainPixels: [UInt8]
  private let testPixels: [UInt8]
  private let directory: String
  private let provenance: Provenance
  private let checkpoints: CheckpointDirectory
  private let lock: StageLock
  private var firstStep = 0

  /// Test images measured after every epoch; the end measures all.
  private static let epochImages = 500

  init(
    stage: StageRun, configuration: ImageTokenizerConfiguration, settings: TokenizerSettings, train: [UInt8],
    test: [UInt8], directory: String, provenance: Provenance
  ) throws {
    self.stage = stage
    self.directory = directory
    self.provenance = provenance
    trainPixels = train
    testPixels = test
    lock = try StageLock(directory, stage: stage.name)
    checkpoints = CheckpointDirectory(directory + "/checkpoints")
    trainer = TokenizerTrainer(
      ImageTokenizer(configuration: configuration), images: train, settings: settings)
  }

  /// Images that this process trained on.
  var imagesSeen: Int { (trainer.state.step - firstStep) * trainer.settings.batch }

  /// Continues from the newest checkpoint, or starts afresh.
  /// - Parameter restart: whether checkpoints of another configuration or other images are to be forgotten.
  func begin(restart: Bool) throws {
    try checkpoints.requireOwn(stage)
    stage.log.info(
      .start,
      "\(trainer.tokenizer.parameterCount) parameters, \(trainer.totalSteps) steps of "
        + "\(trainer.settings.batch) images",
      ["threads": "\(Parallel.threads)"])
    guard
      let found = checkpoints.latest(Saved.self, onDamage: { stage.log.warning($0) })
    else { return trainer.start() }
    guard found.configID == provenance.configID, found.state.inputs == provenance.inputs else {
      guard restart else {
        throw StageError(
          .configuration,
          "\(checkpoints.path) was made with other settings or images: expected configuration "
            + "\(provenance.configID), found \(found.configID). Give --restart to begin anew, "
            + "or change them back.")
      }
      checkpoints.removeAll()
      return trainer.start()
    }
    try trainer.tokenizer.parameters.load(found.table("weights"), path: found.path)
    try trainer.optimizer.momentParameters.load(found.table("optimizer"), path: found.path)
    trainer.resume(found.state.trainer)
    firstStep = found.step
    stage.log.info(.resume, "continuing after step \(found.step)", ["step": "\(found.step)"])
  }

  /// Runs the remaining steps.
  func train(checkpointSeconds: Double) throws {
    let metrics = try MetricsLog(
      directory: directory,
      columns: [
        "epoch", "loss", "reconstruction", "codebook", "commitment", "entropy", "gradient_norm",
        "learning_rate",
        "usage", "restarts", "test_psnr", "test_usage", "test_entropy_bits",
      ], resumingAfter: firstStep)
    let progress = Progress(
      "tokenize", total: trainer.totalSteps, done: firstStep, unit: "steps", log: stage.log,
      options: stage.options)
    var clock = CheckpointClock(seconds: checkpointSeconds)
    while !trainer.isFinished {
      if StopRequest.isSet {
        try save()
        progress.finish()
        throw StopRequest.failure("checkpoint of step \(trainer.state.step) written")
      }
      if clock.isDue { try clock.write(save) }
      let report = trainer.advance()
      guard trainer.isFinite else {
        throw StageError(
          .internal,
          "The loss or its gradient became infinite or no number at step \(trainer.state.step): lower "
            + "'tokenizer.learning_rate'. Nothing was published.")
      }
      progress.set(trainer.state.step)
      if let report { try note(report, metrics) }
    }
    progress.finish()
  }

  /// Measures the tokenizer and publishes it; returns the content id.
  func publish(to path: String) throws -> String {
    let test = TokenizerEvaluation(trainer.tokenizer, images: testPixels)
    let train = TokenizerEvaluation(trainer.tokenizer, images: Array(trainPixels.prefix(testPixels.count)))
    for (name, measured) in [("test", test), ("training", train)] {
      stage.log.info(
        .metrics,
        String(
          format:
            "%d %@ images: PSNR %.2f dB, %.1f %% of the codes used, %.2f bits a token, "
            + "most frequent code %.1f %%",
          measured.images, name, measured.psnr, 100 * measured.usage, measured.entropyBits,
          100 * measured.topShare))
    }
    let facts: [String: JSONValue] = [
      "test": try JSONValue(encoding: test), "train": try JSONValue(encoding: train),
      "steps": .integer(trainer.state.step),
    ]
    let contentID = try TokenizerFile(tokenizer: trainer.tokenizer).table(facts: facts)
      .write(to: path, provenance: provenance)
    checkpoints.removeAll()
    return contentID
  }

  private func note(_ report: TokenizerTrainer.EpochReport, _ metrics: MetricsLog) throws {
    let size = trainer.tokenizer.configuration.imageValues
    let some = Array(testPixels.prefix(Self.epochImages * size))
    let test = TokenizerEvaluation(trainer.tokenizer, images: some)
    let losses = report.losses
    try metrics.write(
      step: trainer.state.step,
      [
        "epoch": Double(report.epoch), "loss": losses.total, "reconstruction": losses.reconstruction,
        "codebook": losses.codebook, "commitment": losses.commitment, "entropy": losses.entropy,
        "gradient_norm": report.gradientNorm, "learning_rate": report.learningRate, "usage": report.usage,
        "restarts": Double(report.restarts), "test_psnr": test.psnr, "test_usage": test.usage,
        "test_entropy_bits": test.entropyBits,
      ])
    stage.log.info(
      .metrics,
      String(
        format: "epoch %d of %d: loss %.4f, %.1f %% of the codes used, %d placed anew, test PSNR %.2f dB",
        report.epoch, trainer.settings.epochs, losses.total, 100 * report.usage, report.restarts, test.psnr),
      ["step": "\(trainer.state.step)"])
  }

  private func save() throws {
    let step = trainer.state.step
    try checkpoints.save(
      step: step,
      shards: [
        "weights": try TokenizerFile(tokenizer: trainer.tokenizer).table(),
        "optimizer": trainer.optimizer.momentParameters.table(model: ["type": "moments"]),
      ],
      state: Saved(trainer: trainer.state, inputs: provenance.inputs), provenance: provenance)
    stage.log.debug(.checkpoint, "checkpoint of step \(step)", ["step": "\(step)"])
  }

  /// What a checkpoint holds beside tensors.
  private struct Saved: Codable, Sendable {
    let trainer: TokenizerTrainer.State
    let inputs: [Provenance.Input]
  }
}
