import Kernels
import Models
import Randomness

/// Trains an image classifier on labelled images: cross-entropy, AdamW, shuffled epochs.
///
/// Everything random is a function of the seed and the step, so that a run that continues from `state`, the weights and
/// the optimiser's moments is the uninterrupted run.
public final class ClassifierTrainer {
  /// What a checkpoint holds beside weights and moments.
  public struct State: Codable, Sendable, Equatable {
    /// Steps taken.
    public var step = 0
    /// Sums over this epoch's steps.
    public var loss = 0.0
    public var gradientNorm = 0.0
    /// Training images of this epoch that were answered rightly.
    public var correct = 0

    public init() {}
  }

  /// What a step reports.
  public struct Report: Sendable {
    /// Steps completed.
    public let step: Int
    public let loss: Double
    public let gradientNorm: Double
    /// The means of the epoch that ended with this step, if one did.
    public let epoch: EpochReport?
  }

  /// Means over an epoch.
  public struct EpochReport: Sendable, Equatable {
    public let epoch: Int
    public let loss: Double
    public let gradientNorm: Double
    public let learningRate: Double
    /// Share of training images that were answered rightly at their step.
    public let accuracy: Double
  }

  public let classifier: ImageClassifier
  public let settings: EpochSettings
  public let optimizer: AdamW
  public private(set) var state = State()
  private let images: [UInt8]
  private let labels: [Int32]
  private let pass: ImageClassifierPass
  private let batch: Tensor
  private let schedule: LearningRateSchedule
  private var order: (epoch: Int, images: [Int]) = (-1, [])

  /// - Parameters:
  ///   - images: the training images as bytes, HWC, one after the other; at least one batch.
  ///   - labels: the class of each.
  public init(
    _ classifier: ImageClassifier, images: [UInt8], labels: [Int32], settings: EpochSettings
  ) {
    precondition(
      labels.count >= settings.batch && images.count == labels.count * classifier.configuration.imageValues,
      "\(labels.count) images do not fill a batch, or have another size")
    self.classifier = classifier
    self.settings = settings
    self.images = images
    self.labels = labels
    optimizer = AdamW(parameters: classifier.parameters, weightDecay: Float(settings.weightDecay))
    pass = ImageClassifierPass(classifier, images: settings.batch)
    let size = classifier.configuration.imageSize
    batch = Tensor([settings.batch, size, size, classifier.configuration.imageChannels])
    schedule = settings.schedule(steps: labels.count / settings.batch * settings.epochs)
  }

  public var stepsPerEpoch: Int { labels.count / settings.batch }
  /// Steps of all epochs together.
  public var totalSteps: Int { schedule.steps }

  /// Random weights.
  public func start() { classifier.initialise(seed: settings.seed) }

  /// Continues from a checkpoint, after weights and moments were loaded.
  public func resume(_ state: State) {
    self.state = state
    optimizer.stepCount = state.step
  }

  /// Takes one step.
  public func takeStep() -> Report {
    let epoch = state.step / stepsPerEpoch
    let chosen = epochOrder(epoch)[
      (state.step % stepsPerEpoch) * settings.batch..<(state.step % stepsPerEpoch + 1) * settings.batch]
    fillBatch(chosen)
    let result = pass.run(batch, labels: chosen.map { labels[$0] })
    let rate = schedule.rate(at: state.step)
    let norm = optimizer.step(rate: Float(rate), clip: Float(settings.clip))
    state.step += 1
    state.loss += result.loss
    state.gradientNorm += norm
    state.correct += result.correct
    guard state.step % stepsPerEpoch == 0 else {
      return Report(step: state.step, loss: result.loss, gradientNorm: norm, epoch: nil)
    }
    let steps = Double(stepsPerEpoch)
    let means = EpochReport(
      epoch: epoch + 1, loss: state.loss / steps, gradientNorm: state.gradientNorm / steps,
      learningRate: rate,
      accuracy: Double(state.correct) / (steps * Double(settings.batch)))
    (state.loss, state.gradientNorm, state.correct) = (0, 0, 0)
    return Report(step: state.step, loss: result.loss, gradientNorm: norm, epoch: means)
  }

  private func epochOrder(_ epoch: Int) -> [Int] {
    if order.epoch != epoch {
      var stream = RandomStream(seed: settings.seed, purpose: "classifier.order", UInt64(epoch))
      order = (epoch, stream.permutation(labels.count))
    }
    return order.images
  }

  private func fillBatch(_ chosen: ArraySlice<Int>) {
    let size = classifier.configuration.imageValues
    for (row, image) in chosen.enumerated() {
      let values = ImageTokenizer.values(images[image * size..<(image + 1) * size])
      values.withUnsafeBufferPointer { values in
        if let base = values.baseAddress { (batch.pointer + row * size).update(from: base, count: size) }
      }
    }
  }
}
