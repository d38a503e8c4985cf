import Communication
import Foundation
import Kernels
import Layers
import Models

/// Trains a transformer on tokenised images, in random, raster or extracted orders (paper §4.2, §4.4).
///
/// What happens at a step is a function of the settings, the data, the weights and the moments; nothing else is
/// carried along. So a run that stops and continues from weights, moments and the step's number ends with the
/// same bytes; a rate that falls on plateaus is carried along too. All buffers are planned once: memory in use does not
/// grow from step to step.
public final class AnyOrderTrainer {
  /// What a step reports.
  public struct Report: Sendable {
    /// Steps completed.
    public var step: Int
    /// Mean loss of the batch in nats per code.
    public var loss: Double
    /// The same per token of the texts, in a model of texts.
    public var textLoss: Double?
    /// Global L2 norm of the gradient before clipping.
    public var gradientNorm: Double
    public var learningRate: Double
    /// Share of random orders asked for at this step.
    public var randomShare: Double
    /// Mean distance between consecutive locations of the batch's orders, in grid cells.
    public var stepDistance: Double
  }

  public let model: AnyOrderTransformer
  public let settings: TrainingSettings
  public let optimizer: AdamW
  /// Steps completed.
  public private(set) var step = 0
  private let batches: TrainingBatches
  private let gradients: BatchGradients
  private let assignment: OrderAssignment
  private let schedule: LearningRateSchedule
  /// What is published of the weights.
  public let keeping: WeightKeeping
  /// What the losses so far have made of the rate, where it falls on plateaus.
  public private(set) var plateau: PlateauRate?

  /// - Parameters:
  ///   - precision: one of `Precision.available`; weights and moments are float32 in any.
  ///   - ranks: the processes that share every step. Only the first has what `keeping` keeps.
  ///   - trace: takes note of when a step computes and when gradients travel.
  public init(
    model: AnyOrderTransformer, settings: TrainingSettings, data: TokenDataset,
    precision: Precision = .float32, ranks: any Communicator = Alone(), trace: TrainingTrace? = nil
  ) {
    precondition(settings.problem(ranks: ranks.count) == nil, "\(ranks.count) ranks cannot share a step")
    self.model = model
    self.settings = settings
    batches = TrainingBatches(settings: settings, data: data, configuration: model.configuration)
    optimizer = AdamW(
      parameters: model.parameters, beta1: Float(settings.beta1), beta2: Float(settings.beta2),
      weightDecay: Float(settings.weightDecay),
      orthogonalised: settings.optimizer == .muon ? model.hiddenMatrices : [:],
      sharing: AdamW.Sharing(
        ranks: ranks, parts: model.gradientParts, isPlain: settings.sum == .plain, trace: trace))
    gradients = BatchGradients(
      model, settings, precision: precision, ranks: ranks, optimizer: optimizer, trace: trace)
    keeping = WeightKeeping(ranks.isFirst ? model.parameters : [], settings)
    assignment = OrderAssignment(settings)
    schedule = settings.rates
    plateau = settings.plateau.map { _ in PlateauRate(peak: settings.learningRate) }
  }

  /// Continues after `step` completed steps; weights and moments must have been restored.
  /// - Parameter plateau: what the rate had become.
  /// - Parameter keeping: what the run has kept of its weights besides copies.
  public func resume(after step: Int, plateau: PlateauRate? = nil, keeping: WeightKeeping.State? = nil) {
    self.keeping.restore(keeping)
    self.step = step
    optimizer.stepCount = step
    self.plateau = plateau ?? self.plateau
  }

  /// The rate of a step: that of the schedule's warm-up, and behind it the schedule's or the plateau's.
  private func rate(at step: Int) -> Double {
    guard let plateau, step >= settings.warmup else { return schedule.rate(at: step) }
    return plateau.rate
  }

  /// Takes one step; the batch of the next one is made meanwhile.
  public func takeStep() -> Report {
    let prepared = batches.batch(at: step)
    if step + 1 < settings.steps { batches.prepare(step + 1) }
    let rate = rate(at: step)
    let dropouts = DropoutPlan(
      rates: DropoutRates(
        token: Float(settings.tokenDropout), residual: Float(settings.residualDropout),
        feedForward: Float(settings.feedForwardDropout)),
      layers: model.configuration.layers, seed: settings.seed, step: step)
    let losses = gradients.accumulate(prepared.batch, dropouts: dropouts)
    let norm = optimizer.step(rate: Float(rate), clip: Float(settings.clip))
    let report = Report(
      step: step + 1, loss: Self.mean(losses.codes),
      textLoss: losses.texts.isEmpty ? nil : Self.mean(losses.texts),
      gradientNorm: norm, learningRate: rate, randomShare: assignment.randomShare(at: step),
      stepDistance: prepared.stepDistance)
    if let settings = settings.plateau {
      plateau?.add(
        report.textLoss.map { PassLosses.total(codes: report.loss, texts: $0) } ?? report.loss, settings)
    }
    step += 1
    keeping.add(step: step)
    return report
  }

  private static func mean(_ losses: [Float]) -> Double {
    losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count)
  }
}
