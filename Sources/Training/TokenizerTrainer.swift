import Foundation
import Kernels
import Layers
import Models
import Randomness

/// Trains an image tokenizer: squared error of the reconstruction, codebook and commitment terms; where it is asked
/// for, a further term of the reconstruction, and a discriminator.
///
/// Everything random is a function of the seed and the step, so that a run that continues from `state`, the
/// weights and the optimiser's moments is the uninterrupted run.
public final class TokenizerTrainer {
  /// What a checkpoint holds beside weights and moments.
  public struct State: Codable, Sendable, Equatable {
    /// Steps taken.
    public var step = 0
    /// The step at which each code was last chosen or placed.
    public var lastUse: [Int] = []
    /// How often each code was chosen in this epoch.
    public var uses: [Int] = []
    /// Sums over this epoch's steps.
    public var sums = Sums()
    /// Codes placed anew in this epoch.
    public var restarts = 0
    /// Sums over this epoch's steps of what only some tokenizers are trained with; nil for the others.
    public var furtherSums: FurtherSums?
  }

  public struct Sums: Codable, Sendable, Equatable {
    public var reconstruction = 0.0
    public var codebook = 0.0
    public var commitment = 0.0
    public var entropy = 0.0
    public var gradientNorm = 0.0
  }

  public struct FurtherSums: Codable, Sendable, Equatable {
    public var perceptual = 0.0
    public var adversarial = 0.0
    /// Steps against the discriminator, and sums over them: its losses and the adapted weight.
    public var steps = 0
    public var hinge = 0.0
    public var real = 0.0
    public var fake = 0.0
    public var weight = 0.0
  }

  /// What a step reports.
  public struct Report: Sendable {
    /// Steps completed.
    public let step: Int
    public let losses: ImageTokenizerPass.Losses
    /// Global L2 norm of the gradient before clipping.
    public let gradientNorm: Double
    /// The means of the epoch that ended with this step, if one did.
    public fileprivate(set) var epoch: EpochReport?
  }

  /// Means over an epoch.
  public struct EpochReport: Sendable, Equatable {
    public let epoch: Int
    public let losses: ImageTokenizerPass.Losses
    public let gradientNorm: Double
    public let learningRate: Double
    /// Share of the codes that training images chose in this epoch.
    public let usage: Double
    /// Codes placed anew.
    public let restarts: Int
    /// Means over the epoch's steps against the discriminator; nil where there was none.
    public let adversary: AdversaryReport?
  }

  /// Means over steps against a discriminator.
  public struct AdversaryReport: Sendable, Equatable {
    public let losses: DiscriminatorPass.Losses
    /// The adapted weight of the generator's loss.
    public let weight: Double
  }

  public let tokenizer: ImageTokenizer
  public let settings: TokenizerSettings
  public let optimizer: AdamW
  /// The discriminator with its optimiser, if there is one.
  public let adversary: TokenizerAdversary?
  public private(set) var state = State()
  private let images: [UInt8]
  private let count: Int
  private let pass: ImageTokenizerPass
  private let batch: Tensor
  private let schedule: LearningRateSchedule
  private let hasFurtherTerms: Bool
  private var order: (epoch: Int, images: [Int]) = (-1, [])

  /// - Parameters:
  ///   - images: the training images as bytes, HWC, one after the other; at least one batch.
  ///   - term: a further term of the reconstruction.
  public init(
    _ tokenizer: ImageTokenizer, images: [UInt8], settings: TokenizerSettings, term: ReconstructionTerm? = nil
  ) {
    self.tokenizer = tokenizer
    self.settings = settings
    self.images = images
    let configuration = tokenizer.configuration
    count = images.count / configuration.imageValues
    precondition(count >= settings.batch && settings.batch > 0, "\(count) images do not fill a batch")
    optimizer = AdamW(
      parameters: tokenizer.parameters, beta1: Float(settings.beta1), beta2: Float(settings.beta2),
      weightDecay: Float(settings.weightDecay))
    pass = ImageTokenizerPass(tokenizer, images: settings.batch, term: term)
    adversary = settings.discriminator.map {
      TokenizerAdversary($0, of: configuration, batch: settings.batch)
    }
    hasFurtherTerms = term != nil || adversary != nil
    schedule = settings.training.schedule(steps: count / settings.batch * settings.epochs)
    batch = Tensor([
      settings.batch, configuration.imageSize, configuration.imageSize, configuration.imageChannels,
    ])
  }

  public var stepsPerEpoch: Int { count / settings.batch }
  /// Steps of all epochs together.
  public var totalSteps: Int { schedule.steps }
  public var isFinished: Bool { state.step >= totalSteps }

  /// Random weights, and codes placed on what the untrained encoder makes of some images.
  public func start() {
    tokenizer.initialise(seed: settings.seed)
    let configuration = tokenizer.configuration
    let wanted = max(16 * configuration.codes / configuration.locations, 64)
    let chosen = Array(epochOrder(0).prefix(wanted))
    let size = configuration.imageValues
    let values = chosen.flatMap { ImageTokenizer.values(images[$0 * size..<($0 + 1) * size]) }
    let units = VectorQuantizer.unit(tokenizer.latents(images: values, count: chosen.count))
    var seeding = CodeSeeding(units: units)
    var stream = RandomStream(seed: settings.seed, purpose: "tokenizer.codes")
    for code in 0..<configuration.codes { place(code, on: units.row(seeding.next(&stream))) }
    state = State(
      lastUse: [Int](repeating: 0, count: configuration.codes),
      uses: [Int](repeating: 0, count: configuration.codes))
    if hasFurtherTerms { state.furtherSums = FurtherSums() }
    adversary?.start(seed: settings.seed)
  }

  /// Continues from a checkpoint, after weights and moments were loaded.
  public func resume(_ state: State) {
    self.state = state
    optimizer.stepCount = state.step
    adversary?.resume(after: state.step)
  }

  /// Takes one step.
  public func takeStep() -> Report {
    let epoch = state.step / stepsPerEpoch
    fillBatch(epochOrder(epoch), first: state.step % stepsPerEpoch * settings.batch)
    let result = pass.run(
      batch, weights: settings.weights, adversary: adversary?.opponent(at: state.step))
    let told = result.fakes.flatMap { adversary?.learn(real: batch, fakes: $0) }
    let rate = schedule.rate(at: state.step)
    let norm = optimizer.step(rate: Float(rate), clip: Float(settings.clip))
    state.sums.gradientNorm += norm
    state.step += 1
    state.sums.reconstruction += result.losses.reconstruction
    state.sums.codebook += result.losses.codebook
    state.sums.commitment += result.losses.commitment
    state.sums.entropy += result.losses.entropy
    state.furtherSums?.add(result, told)
    for index in result.indices {
      state.uses[Int(index)] += 1
      state.lastUse[Int(index)] = state.step
    }
    if settings.restartAfter > 0 { restartUnusedCodes(result) }
    var report = Report(step: state.step, losses: result.losses, gradientNorm: norm)
    if state.step % stepsPerEpoch == 0 {
      report.epoch = epochReport(epoch + 1, rate: rate)
      state.uses = [Int](repeating: 0, count: state.uses.count)
      state.sums = Sums()
      state.restarts = 0
      if hasFurtherTerms { state.furtherSums = FurtherSums() }
    }
    return report
  }

  private func epochReport(_ epoch: Int, rate: Double) -> EpochReport {
    let steps = Double(stepsPerEpoch)
    var losses = ImageTokenizerPass.Losses()
    losses.reconstruction = state.sums.reconstruction / steps
    losses.codebook = state.sums.codebook / steps
    losses.commitment = state.sums.commitment / steps
    losses.entropy = state.sums.entropy / steps
    losses.perceptual = (state.furtherSums?.perceptual ?? 0) / steps
    losses.adversarial = (state.furtherSums?.adversarial ?? 0) / steps
    return EpochReport(
      epoch: epoch, losses: losses, gradientNorm: state.sums.gradientNorm / steps, learningRate: rate,
      usage: Double(state.uses.count { $0 > 0 }) / Double(state.uses.count), restarts: state.restarts,
      adversary: state.furtherSums?.report)
  }

  /// Codes unused for long move to latents of this batch that are badly served, and forget their moments.
  private func restartUnusedCodes(_ result: ImageTokenizerPass.Result) {
    let unused = state.lastUse.indices.filter { state.step - state.lastUse[$0] >= settings.restartAfter }
    guard !unused.isEmpty else { return }
    let units = VectorQuantizer.unit(result.latents)
    let codes = tokenizer.quantizer.usedCodes()
    let distances = result.indices.enumerated().map { row, index in
      var cosine: Float = 0
      for i in 0..<units.columns { cosine += units.row(row)[i] * codes.row(Int(index))[i] }
      return max(Double(2 - 2 * cosine), 0)
    }
    var seeding = CodeSeeding(units: units, distances: distances)
    var stream = RandomStream(seed: settings.seed, purpose: "tokenizer.restart", UInt64(state.step))
    for code in unused {
      place(code, on: units.row(seeding.next(&stream)))
      state.lastUse[code] = state.step
    }
    state.restarts += unused.count
  }

  private func place(_ code: Int, on unit: UnsafePointer<Float>) {
    let embedding = tokenizer.quantizer.embedding
    let width = embedding.value.columns
    embedding.value.row(code).update(from: unit, count: width)
    guard let index = optimizer.parameters.firstIndex(where: { $0 === embedding }) else { return }
    optimizer.moments[index].first.row(code).update(repeating: 0, count: width)
    optimizer.moments[index].second.row(code).update(repeating: 0, count: width)
  }

  private func epochOrder(_ epoch: Int) -> [Int] {
    if order.epoch != epoch {
      var stream = RandomStream(seed: settings.seed, purpose: "tokenizer.order", UInt64(epoch))
      order = (epoch, stream.permutation(count))
    }
    return order.images
  }

  private func fillBatch(_ order: [Int], first: Int) {
    let size = tokenizer.configuration.imageValues
    for row in 0..<settings.batch {
      let source = order[first + row] * size
      let values = ImageTokenizer.values(images[source..<source + size])
      values.withUnsafeBufferPointer { values in
        if let base = values.baseAddress {
          batch.pointer.advanced(by: row * size).update(from: base, count: size)
        }
      }
    }
  }
}
