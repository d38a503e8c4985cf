import Foundation
import Kernels
import Layers
import Models
import Orders
import Randomness

/// Trains a transformer on tokenised images, in random, raster or extracted orders (paper §4.2, §4.4).
///
/// What happens at a step is a function of the settings, the data, the weights and the moments; nothing else is
/// carried along. So a run that stops and continues from weights, moments and the step's number ends with the
/// same bytes.
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
  private let data: TokenDataset
  private let pass: AnyOrderPass
  private let assignment: OrderAssignment
  private let schedule: LearningRateSchedule
  private var epoch: (number: Int, order: [Int]) = (-1, [])

  public init(
    model: AnyOrderTransformer, settings: TrainingSettings, data: TokenDataset,
    precision: Precision = .float32
  ) {
    self.model = model
    self.settings = settings
    self.data = data
    pass = AnyOrderPass(
      model: model, capacity: AnyOrderPass.capacity(model.configuration, batch: settings.batch),
      training: true, precision: precision)
    optimizer = AdamW(
      parameters: model.parameters, beta1: Float(settings.beta1), beta2: Float(settings.beta2),
      weightDecay: Float(settings.weightDecay))
    assignment = OrderAssignment(settings)
    schedule = LearningRateSchedule(settings)
  }

  /// Continues after `step` completed steps; weights and moments must have been restored.
  public func resume(after step: Int) {
    self.step = step
    optimizer.stepCount = step
  }

  /// Takes one step.
  public func takeStep() -> Report {
    let batch = nextBatch()
    let rate = schedule.rate(at: step)
    let dropouts = DropoutPlan(
      rates: DropoutRates(
        token: Float(settings.tokenDropout), residual: Float(settings.residualDropout),
        feedForward: Float(settings.feedForwardDropout)),
      layers: model.configuration.layers, seed: settings.seed, step: step)
    optimizer.zeroGradients()
    let losses = pass.accumulateGradients(of: batch, dropouts: dropouts)
    let norm = optimizer.step(rate: Float(rate), clip: Float(settings.clip))
    let report = Report(
      step: step + 1, loss: losses.reduce(0.0) { $0 + Double($1) } / Double(losses.count), gradientNorm: norm,
      learningRate: rate, randomShare: assignment.randomShare(at: step), stepDistance: stepDistance(batch))
    step += 1
    return report
  }

  /// The images of this step: epochs are keyed shuffles, laid end to end.
  private func nextBatch() -> AnyOrderBatch {
    var batch = AnyOrderBatch(tokens: [], labels: [], orders: [])
    for offset in 0..<settings.batch {
      let position = step * settings.batch + offset
      let image = shuffled(position)
      var stream = RandomStream(
        seed: settings.seed, purpose: "train.class", UInt64(step), data.sampleIDs[image])
      let hidden = stream.uniform() < settings.classDropout
      batch.tokens += data.codes(of: image)
      batch.labels.append(hidden ? Int32(model.configuration.nullClass) : data.labels[image])
      batch.orders += assignment.order(of: image, in: data, step: step)
    }
    return batch
  }

  private func shuffled(_ position: Int) -> Int {
    let number = position / data.count
    if epoch.number != number {
      var stream = RandomStream(seed: settings.seed, purpose: "train.shuffle", UInt64(number))
      epoch = (number, stream.permutation(data.count))
    }
    return epoch.order[position % data.count]
  }

  private func stepDistance(_ batch: AnyOrderBatch) -> Double {
    let distances = (0..<batch.count).map { image in
      GenerationOrder.meanStepDistance(
        batch.orders[image * data.locations..<(image + 1) * data.locations].map(Int.init),
        gridWidth: model.configuration.gridWidth)
    }
    return distances.reduce(0, +) / Double(max(distances.count, 1))
  }
}
