import Foundation
import Kernels
import Layers
import Models

/// Trains a transformer on tokenised images, in random, raster or extracted orders (paper §4.2, §4.4).
///
/// What happens at a step is a function of the settings, the data, the weights and the moments; nothing else is
/// carried along. So a run that stops and continues from weights, moments and the step's number ends with the
/// same bytes. All buffers are planned once: memory in use does not grow from step to step.
public final class AnyOrderTrainer {
  /// What a step reports.
  public struct Report: Sendable {
    /// Steps completed.
    public var step: Int
    /// Mean loss of the batch in nats per token.
    public var loss: Double
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
  private let pass: AnyOrderPass
  private let assignment: OrderAssignment
  private let schedule: LearningRateSchedule

  /// - Parameter precision: one of `Precision.available`; weights and moments are float32 in any.
  public init(
    model: AnyOrderTransformer, settings: TrainingSettings, data: TokenDataset,
    precision: Precision = .float32
  ) {
    self.model = model
    self.settings = settings
    batches = TrainingBatches(settings: settings, data: data, configuration: model.configuration)
    pass = AnyOrderPass(
      model: model, capacity: AnyOrderPass.capacity(model.configuration, batch: settings.batch),
      training: true, precision: precision)
    optimizer = AdamW(
      parameters: model.parameters, beta1: Float(settings.beta1), beta2: Float(settings.beta2),
      weightDecay: Float(settings.weightDecay))
    assignment = OrderAssignment(settings)
    schedule = settings.schedule
  }

  /// Continues after `step` completed steps; weights and moments must have been restored.
  public func resume(after step: Int) {
    self.step = step
    optimizer.stepCount = step
  }

  /// Takes one step; the batch of the next one is made meanwhile.
  public func takeStep() -> Report {
    let prepared = batches.batch(at: step)
    if step + 1 < settings.steps { batches.prepare(step + 1) }
    let rate = schedule.rate(at: step)
    let dropouts = DropoutPlan(
      rates: DropoutRates(
        token: Float(settings.tokenDropout), residual: Float(settings.residualDropout),
        feedForward: Float(settings.feedForwardDropout)),
      layers: model.configuration.layers, seed: settings.seed, step: step)
    let losses = pass.accumulateGradients(of: prepared.batch, dropouts: dropouts)
    let norm = optimizer.step(rate: Float(rate), clip: Float(settings.clip))
    let report = Report(
      step: step + 1, loss: losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count), gradientNorm: norm,
      learningRate: rate, randomShare: assignment.randomShare(at: step), stepDistance: prepared.stepDistance)
    step += 1
    return report
  }
}
