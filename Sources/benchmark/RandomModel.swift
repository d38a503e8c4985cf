import Kernels
import Models
import Orders
import Randomness
import Training

/// A transformer with random weights and random images for it, made when they are first used.
final class RandomModel {
  let configuration: AnyOrderConfiguration

  init(_ configuration: AnyOrderConfiguration) { self.configuration = configuration }

  /// Random weights with a head that tells codes apart; trained models start from a head of zeros, which would make
  /// every confidence equal.
  private(set) lazy var transformer: AnyOrderTransformer = {
    let model = AnyOrderTransformer(configuration: configuration)
    model.initialise(seed: 1)
    var stream = RandomStream(seed: 2, purpose: "benchmark.head")
    let head = model.head.weight.value
    head.copy(from: Tensor(head.shape, values: stream.normals(head.count, deviation: 0.02)))
    return model
  }()

  /// A policy of a usual size for the model, with random weights.
  private(set) lazy var policy: AnyOrderTransformer = {
    let sizes = OrderPolicyConfiguration(width: 64, layers: 2, heads: 4, hidden: 256, for: configuration)
    let policy = AnyOrderTransformer(configuration: sizes.transformer)
    policy.initialise(seed: 6)
    var stream = RandomStream(seed: 7, purpose: "benchmark.head")
    let head = policy.head.weight.value
    head.copy(from: Tensor(head.shape, values: stream.normals(head.count, deviation: 0.2)))
    return policy
  }()

  /// What an image is drawn from: a class, or a text of random words.
  func condition(_ image: Int) -> Condition {
    guard let text = configuration.text else { return .label(image % configuration.classes) }
    var stream = RandomStream(seed: 4, purpose: "benchmark.text", UInt64(image))
    return .text((0..<text.length).map { _ in UInt16(stream.below(text.vocabulary)) })
  }

  /// Codes in raster layout and classes of `count` images.
  func images(_ count: Int) -> (tokens: [[Int]], labels: [Int]) {
    var stream = RandomStream(seed: 3, purpose: "benchmark.tokens")
    let tokens = (0..<count).map { _ in
      (0..<configuration.locations).map { _ in stream.below(configuration.codes) }
    }
    return (tokens, (0..<count).map { _ in stream.below(max(configuration.classes, 1)) })
  }

  /// A data set to train on.
  func dataset(_ count: Int) -> TokenDataset {
    let (tokens, labels) = images(count)
    var data = TokenDataset(
      sampleIDs: (0..<UInt64(count)).map { $0 },
      labels: labels.map(UInt32.init),
      tokens: tokens.flatMap { $0.map(UInt16.init) }, locations: configuration.locations)
    if let text = configuration.text {
      var captions = CaptionSet(length: text.length, vocabularySize: text.vocabulary)
      for image in 0..<count {
        if case .text(let tokens) = condition(image) { captions.append(counts: [1], tokens: tokens) }
      }
      data.captions = captions
    }
    return data
  }

  /// A random order, the same for the same image in every run.
  func order(_ image: Int) -> [Int] {
    GenerationOrder.random(configuration.locations, seed: 1, purpose: "benchmark.order", UInt64(image))
  }
}
