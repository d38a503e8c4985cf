import Communication
import Files
import Foundation
import Kernels
import Layers
import Models
import Shards
import StageKit
import Training
import Weights

/// A transformer in training, with the images that its likelihood is measured on: what `train-anyorder` and `distill`
/// hand to a `TrainingRun`.
public struct AnyOrderTraining: Trainer {
  /// What a checkpoint keeps besides tables: which run it belongs to.
  public struct State: TrainerState {
    let provenance: Provenance
    let plateau: PlateauRate?
    let keeping: WeightKeeping.State?
    public var inputs: [Provenance.Input] { provenance.inputs }
  }

  public var columns: [String] {
    [
      "loss", "bits_per_token", "gradient_norm", "learning_rate", "random_share", "step_distance",
      "validation_raster", "validation_random", "validation_extracted",
    ] + (file.model.configuration.text == nil ? [] : ["text_loss"])
      + (looks.hasOrders ? ["greedy_step_distance"] : [])
  }
  public static let keepsCheckpoints = true

  private let file: TransformerFile
  private let settings: TrainingSettings
  private let trainer: AnyOrderTrainer
  private let validation: TokenDataset
  private let validationImages: Range<Int>
  /// Measures on held-out images; the first rank alone does.
  private let likelihood: Likelihood?
  private let looks: TrainingLooks
  private let progress: ProgressFolder
  private let ranks: any Communicator
  private let provenance: Provenance
  private let locations: Int
  private let log: Log

  /// - Parameters:
  ///   - file: the model with its initial weights.
  ///   - validation: held-out images; as many as the settings ask for are used. Likelihoods are measured along
  ///     their extracted orders too where there are any.
  ///   - heldOut: the tokens that they are of.
  ///   - run: the run that this is trained in.
  /// - Throws: exit code 78 when two batches need more memory than there is.
  public init(
    _ file: TransformerFile, settings: TrainingSettings, precision: Precision, data: TokenDataset,
    validation: TokenDataset, heldOut: TokenFolder, run: TrainingRun
  ) throws {
    try MemoryRoom.require(
      product: [settings.batch, data.locations, 2, 2 * MemoryLayout<Int>.size + MemoryLayout<Int32>.size],
      subject: "'training.batch'", purpose: "two batches of \(grouped(settings.batch)) images",
      advice: "Lower it.")
    self.file = file
    self.settings = settings
    self.validation = validation
    log = run.stage.log
    looks = TrainingLooks(
      file, settings: settings, precision: precision, validation: validation, heldOut: heldOut)
    progress = ProgressFolder(beside: run.out)
    provenance = run.provenance
    ranks = run.ranks
    trainer = AnyOrderTrainer(
      model: file.model, settings: settings, data: data, precision: precision, ranks: run.ranks,
      trace: run.trace?.events)
    validationImages = 0..<min(settings.validateImages, validation.count)
    likelihood = run.ranks.isFirst ? Likelihood(model: file.model, precision: precision) : nil
    locations = data.locations
  }

  public var step: Int { trainer.step }
  public var totalSteps: Int { settings.steps }
  public var learnedPerStep: (count: Int, unit: String) { (settings.batch * locations, "image tokens") }
  public var optimizer: AdamW { trainer.optimizer }

  public var copies: [String: [Parameter]] { trainer.keeping.copies }

  public func start() {
    if ranks.isFirst { progress.removeAll() }
  }

  public func takeStep() -> AnyOrderTrainer.Report { trainer.takeStep() }

  public func metrics(after report: AnyOrderTrainer.Report) throws -> [String: Double]? {
    var row = [
      "loss": report.loss, "bits_per_token": report.loss / Foundation.log(2),
      "gradient_norm": report.gradientNorm, "learning_rate": report.learningRate,
      "random_share": report.randomShare, "step_distance": report.stepDistance,
    ]
    row["text_loss"] = report.textLoss
    let isDue = settings.validateEvery > 0 && report.step % settings.validateEvery == 0
    guard isDue || report.step == settings.steps else { return row }
    try trainer.keeping.measuring {
      if let likelihood, !validationImages.isEmpty {
        try measure(likelihood, into: &row, step: report.step)
      }
      row["greedy_step_distance"] = looks.greedyStepDistance()
      if let drawn = looks.draw(after: report.step) { try progress.write(drawn, provenance: provenance) }
    }
    return row
  }

  private func measure(_ likelihood: Likelihood, into row: inout [String: Double], step: Int) throws {
    let bits = likelihood.means(of: validationImages, in: validation)
    if let value = [bits.raster, bits.random, bits.extracted ?? 0].first(where: { !$0.isFinite }) {
      throw StageError.notFinite("validation likelihood", value, step: step)
    }
    row["validation_raster"] = bits.raster
    row["validation_random"] = bits.random
    row["validation_extracted"] = bits.extracted
    // A model of orders without any to measure along goes by random ones.
    let own =
      switch settings.objective {
      case .random: bits.random
      case .raster: bits.raster
      case .orders: bits.extracted ?? bits.random
      }
    trainer.keeping.offer(own, step: step)
    log.debug(
      .note,
      String(format: "step %d: %.4f bits a token raster, %.4f random", step, bits.raster, bits.random)
        + (bits.extracted.map { String(format: ", %.4f along extracted orders", $0) } ?? ""))
  }

  public func weights() throws -> WeightsTable { try file.table() }

  public func state(of run: Provenance) -> State {
    State(provenance: run, plateau: trainer.plateau, keeping: trainer.keeping.state)
  }

  public func resume(after step: Int, _ state: State) {
    trainer.resume(after: step, plateau: state.plateau, keeping: state.keeping)
  }

  public func result() throws -> WeightsTable {
    trainer.keeping.publish()
    var facts: [String: JSONValue] = [
      "steps": .integer(settings.steps), "objective": .string(settings.objective.rawValue),
    ]
    facts.merge(trainer.keeping.facts) { own, _ in own }
    return try file.table(facts: facts)
  }
}

extension AnyOrderTrainer.Report: StepReport {}

extension WeightKeeping {
  /// What a weights shard says of the weights that are kept.
  var facts: [String: JSONValue] {
    state.map { ["kept_step": .integer($0.step), "kept_validation": .number($0.lowest)] } ?? [:]
  }
}
