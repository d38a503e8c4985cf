import EngineKit
import Files
import Foundation
import Models
import Shards
import StageKit
import Training
import Weights

/// An image tokenizer in training, with the images that it is measured on: what `tokenize fit` hands to a
/// `TrainingRun`.
struct TokenizerTraining: Trainer {
  /// What a checkpoint keeps besides tables.
  struct State: TrainerState {
    let trainer: TokenizerTrainer.State
    let inputs: [Provenance.Input]
  }

  let columns: [String]
  static let keepsCheckpoints = false
  /// Test images measured after every epoch; the end measures all.
  private static let epochImages = 500

  private static let adversaryColumns = [
    "adversarial", "adversarial_weight", "discriminator", "discriminator_real", "discriminator_fake",
  ]

  private let trainer: TokenizerTrainer
  private let hasTerm: Bool
  private let train: [UInt8]
  private let test: [UInt8]
  private let log: Log

  /// - Parameters:
  ///   - term: a further term of the reconstruction; nil for none.
  ///   - train: the pixels of the training images, HWC, one image after the other; at least one batch.
  ///   - test: those of the test images.
  init(
    _ configuration: ImageTokenizerConfiguration, settings: TokenizerSettings, term: ReconstructionTerm?,
    train: [UInt8], test: [UInt8], log: Log
  ) {
    trainer = TokenizerTrainer(
      ImageTokenizer(configuration: configuration), images: train, settings: settings, term: term)
    hasTerm = term != nil
    columns =
      [
        "epoch", "loss", "reconstruction", "codebook", "commitment", "entropy", "gradient_norm",
        "learning_rate", "usage", "restarts", "test_psnr", "test_usage", "test_entropy_bits",
      ] + (hasTerm ? ["perceptual"] : []) + (trainer.adversary == nil ? [] : Self.adversaryColumns)
    self.train = train
    self.test = test
    self.log = log
  }

  var tokenizer: ImageTokenizer { trainer.tokenizer }
  var step: Int { trainer.state.step }
  var totalSteps: Int { trainer.totalSteps }
  var learnedPerStep: (count: Int, unit: String) { (trainer.settings.batch, "images") }
  var optimizer: AdamW { trainer.optimizer }
  var furtherOptimizers: [String: AdamW] {
    trainer.adversary.map { ["discriminator": $0.optimizer] } ?? [:]
  }

  func start() { trainer.start() }

  func takeStep() -> TokenizerTrainer.Report { trainer.takeStep() }

  /// One row an epoch.
  func metrics(after report: TokenizerTrainer.Report) -> [String: Double]? {
    guard let epoch = report.epoch else { return nil }
    let some = Array(test.prefix(Self.epochImages * tokenizer.configuration.imageValues))
    let measured = TokenizerEvaluation(tokenizer, images: some)
    let losses = epoch.losses
    log.info(
      .metrics,
      String(
        format: "epoch %d of %d: loss %.4f, %.1f %% of the codes used, %d placed anew, test PSNR %.2f dB",
        epoch.epoch, trainer.settings.epochs, losses.total, 100 * epoch.usage, epoch.restarts, measured.psnr),
      ["step": "\(report.step)"])
    var row = [
      "epoch": Double(epoch.epoch), "loss": losses.total, "reconstruction": losses.reconstruction,
      "codebook": losses.codebook, "commitment": losses.commitment, "entropy": losses.entropy,
      "gradient_norm": epoch.gradientNorm, "learning_rate": epoch.learningRate, "usage": epoch.usage,
      "restarts": Double(epoch.restarts), "test_psnr": measured.psnr, "test_usage": measured.usage,
      "test_entropy_bits": measured.entropyBits,
    ]
    if hasTerm { row["perceptual"] = losses.perceptual }
    if let adversary = epoch.adversary {
      row["adversarial"] = losses.adversarial
      row["adversarial_weight"] = adversary.weight
      row["discriminator"] = adversary.losses.hinge
      row["discriminator_real"] = adversary.losses.real
      row["discriminator_fake"] = adversary.losses.fake
    }
    return row
  }

  func weights() throws -> WeightsTable { try TokenizerFile(tokenizer: tokenizer).table() }

  func state(of run: Provenance) -> State { State(trainer: trainer.state, inputs: run.inputs) }

  func resume(after step: Int, _ state: State) { trainer.resume(state.trainer) }

  /// The weights, with what the tokenizer was measured to do on test images and on as many training images.
  func result() throws -> WeightsTable {
    let test = TokenizerEvaluation(tokenizer, images: self.test)
    let train = TokenizerEvaluation(tokenizer, images: Array(self.train.prefix(self.test.count)))
    for (name, measured) in [("test", test), ("training", train)] {
      log.info(
        .metrics,
        String(
          format:
            "%d %@ images: PSNR %.2f dB, %.1f %% of the codes used, %.2f bits a token, "
            + "most frequent code %.1f %%",
          measured.images, name, measured.psnr, 100 * measured.usage, measured.entropyBits,
          100 * measured.topShare))
    }
    return try TokenizerFile(tokenizer: tokenizer).table(facts: [
      "test": try JSONValue(encoding: test), "train": try JSONValue(encoding: train),
      "steps": .integer(step),
    ])
  }
}

extension TokenizerTrainer.Report: StepReport {
  public var loss: Double { losses.total }
}
