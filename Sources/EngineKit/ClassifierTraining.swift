import Files
import Foundation
import Models
import Shards
import StageKit
import Training
import Weights

/// A classifier in training, with the images that it is measured on: what `score classifier fit` hands to a
/// `TrainingRun`.
public struct ClassifierTraining: Trainer {
  /// What a checkpoint keeps besides tables.
  public struct State: TrainerState {
    let trainer: ClassifierTrainer.State
    public let inputs: [Provenance.Input]
  }

  /// Pixels, HWC, one image after the other, and the class of each image.
  public struct LabelledPixels: Sendable {
    public var pixels: [UInt8] = []
    public var labels: [Int32] = []

    public init() {}
  }

  public let columns = [
    "epoch", "loss", "gradient_norm", "learning_rate", "train_accuracy", "test_accuracy",
    "test_cross_entropy",
  ]
  public static let keepsCheckpoints = false
  /// Test images measured after every epoch; the end measures all.
  private static let epochImages = 1000

  private let trainer: ClassifierTrainer
  private let file: ClassifierFile
  private let test: LabelledPixels
  private let log: Log

  /// - Parameters:
  ///   - file: the classifier, of zeros.
  ///   - train: at least one batch.
  ///   - test: one image at least.
  public init(
    _ file: ClassifierFile, settings: EpochSettings, train: LabelledPixels, test: LabelledPixels,
    log: Log
  ) {
    self.file = file
    self.test = test
    self.log = log
    trainer = ClassifierTrainer(
      file.classifier, images: train.pixels, labels: train.labels, settings: settings)
  }

  public var step: Int { trainer.state.step }
  public var totalSteps: Int { trainer.totalSteps }
  public var learnedPerStep: (count: Int, unit: String) { (trainer.settings.batch, "images") }
  public var optimizer: AdamW { trainer.optimizer }

  public func start() { trainer.start() }

  public func takeStep() -> ClassifierTrainer.Report { trainer.takeStep() }

  /// One row an epoch.
  public func metrics(after report: ClassifierTrainer.Report) -> [String: Double]? {
    guard let epoch = report.epoch else { return nil }
    let measured = evaluation(of: Self.epochImages)
    log.info(
      .metrics,
      String(
        format: "epoch %d of %d: loss %.4f, right in training %.1f %%, on test images %.1f %%", epoch.epoch,
        trainer.settings.epochs, epoch.loss, 100 * epoch.accuracy, 100 * measured.accuracy),
      ["step": "\(report.step)"])
    return [
      "epoch": Double(epoch.epoch), "loss": epoch.loss, "gradient_norm": epoch.gradientNorm,
      "learning_rate": epoch.learningRate, "train_accuracy": epoch.accuracy,
      "test_accuracy": measured.accuracy, "test_cross_entropy": measured.crossEntropy,
    ]
  }

  public func weights() throws -> WeightsTable { try file.table() }

  public func state(of run: Provenance) -> State { State(trainer: trainer.state, inputs: run.inputs) }

  public func resume(after step: Int, _ state: State) { trainer.resume(state.trainer) }

  /// The weights, with how often they are right on test images.
  public func result() throws -> WeightsTable {
    let measured = evaluation(of: test.labels.count)
    log.info(
      .metrics,
      String(
        format: "%d test images: %.2f %% right, cross-entropy %.4f nats", measured.images,
        100 * measured.accuracy, measured.crossEntropy))
    return try file.table(facts: ["test": try JSONValue(record: measured), "steps": .integer(step)])
  }

  private func evaluation(of count: Int) -> ClassifierEvaluation {
    let values = file.classifier.configuration.imageValues
    return ClassifierEvaluation(
      file.classifier, images: Array(test.pixels.prefix(count * values)),
      labels: Array(test.labels.prefix(count)))
  }
}

extension ClassifierTrainer.Report: StepReport {}
