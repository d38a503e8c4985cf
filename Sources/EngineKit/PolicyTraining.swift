import Files
import Foundation
import Kernels
import Layers
import Models
import Shards
import StageKit
import Training
import Weights

/// An order policy in training: what `distill policy` hands to a `TrainingRun`.
public struct PolicyTraining: Trainer {
  public var columns: [String] {
    [
      "loss", "gradient_norm", "learning_rate", "validation_loss", "validation_top1", "validation_top5",
      "validation_regret", "validation_tau",
    ]
  }
  public static let keepsCheckpoints = true

  private let file: PolicyFile
  private let judge: AnyOrderTransformer
  private let settings: TrainingSettings
  private let precision: Precision
  private let trainer: AnyOrderTrainer
  private let validation: TokenDataset
  private let images: Range<Int>
  private let locations: Int
  private let log: Log
  private let last = LastAgreement()

  /// What was found at the last validation, which the weights' facts repeat.
  private final class LastAgreement {
    var value: PolicyAgreement?
  }

  /// - Parameters:
  ///   - file: the policy with its initial weights.
  ///   - judge: the model that extracted the orders.
  ///   - data: images with extracted orders.
  ///   - validation: held-out images with theirs; as many as the settings ask for are used.
  public init(
    _ file: PolicyFile, judge: AnyOrderTransformer, settings: TrainingSettings, precision: Precision,
    data: TokenDataset, validation: TokenDataset, run: TrainingRun
  ) {
    self.file = file
    self.judge = judge
    self.settings = settings
    self.precision = precision
    self.validation = validation
    log = run.stage.log
    trainer = AnyOrderTrainer(
      model: file.model, settings: settings, data: data, precision: precision, ranks: run.ranks,
      trace: run.trace?.events)
    images = 0..<min(settings.validateImages, validation.count)
    locations = data.locations
  }

  public var step: Int { trainer.step }
  public var totalSteps: Int { settings.steps }
  public var learnedPerStep: (count: Int, unit: String) { (settings.batch * locations, "locations") }
  public var optimizer: AdamW { trainer.optimizer }

  public var copies: [String: [Parameter]] { trainer.keeping.copies }

  public func start() {}

  public func takeStep() -> AnyOrderTrainer.Report { trainer.takeStep() }

  public func metrics(after report: AnyOrderTrainer.Report) throws -> [String: Double]? {
    var row = [
      "loss": report.loss, "gradient_norm": report.gradientNorm, "learning_rate": report.learningRate,
    ]
    let isDue = settings.validateEvery > 0 && report.step % settings.validateEvery == 0
    guard (isDue || report.step == settings.steps) && !images.isEmpty else { return row }
    let found = trainer.keeping.measuring {
      let found = agreement()
      trainer.keeping.offer(found.loss, step: report.step)
      return found
    }
    row["validation_loss"] = found.loss
    row["validation_top1"] = found.top1
    row["validation_top5"] = found.top5
    row["validation_regret"] = found.regret
    row["validation_tau"] = found.tau
    log.debug(
      .note,
      String(
        format: "step %d: %.1f %% of held-out steps as extracted, %.3f nats of confidence given away a step",
        report.step, 100 * found.top1, found.regret))
    return row
  }

  private func agreement() -> PolicyAgreement {
    let found = PolicyAgreement(
      of: file.model, judgedBy: judge, along: validation, images: images, precision: precision)
    last.value = found
    return found
  }

  public func weights() throws -> WeightsTable { try file.table() }

  public func state(of run: Provenance) -> AnyOrderTraining.State {
    AnyOrderTraining.State(
      provenance: run, plateau: trainer.plateau, keeping: trainer.keeping.state)
  }

  public func resume(after step: Int, _ state: AnyOrderTraining.State) {
    trainer.resume(after: step, plateau: state.plateau, keeping: state.keeping)
  }

  /// The weights, with how well they follow held-out orders.
  public func result() throws -> WeightsTable {
    trainer.keeping.publish()
    var facts: [String: JSONValue] = ["steps": .integer(settings.steps)]
    facts.merge(trainer.keeping.facts) { own, _ in own }
    if !images.isEmpty {
      // The last measurement is of the weights that are published, unless earlier ones are.
      let isOfOthers = trainer.keeping.state.map { $0.step != settings.steps } ?? false
      let found = isOfOthers ? agreement() : last.value ?? agreement()
      facts["held_out"] = [
        "images": .integer(images.count), "top1": .number(found.top1), "top5": .number(found.top5),
        "loss": .number(found.loss), "regret": .number(found.regret), "tau": .number(found.tau),
      ]
    }
    return try file.table(facts: facts)
  }
}
