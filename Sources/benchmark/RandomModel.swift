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

  /// Codes in raster layout and classes of `count` images.
  func images(_ count: Int) -> (tokens: [[Int]], labels: [Int]) {
    var stream = RandomStream(seed: 3, purpose: "benchmark.tokens")
    let tokens = (0..<count).map { _ in
      (0..<configuration.locations).map { _ in stream.below(configuration.codes) }
    }
    return (tokens, (0..<count).map { _ in stream.below(configuration.classes) })
  }

  /// A data set to train on.
  func dataset(_ count: Int) -> TokenDataset {
    let (tokens, labels) = images(count)
    return TokenDataset(
      sampleIDs: (0..<UInt64(count)).map { $0 },
      labels: labels.map(UInt32.init),
      tokens: tokens.flatMap { $0.map(UInt16.init) }, locations: configuration.locations)
  }

  /// A random order, the same for the same image in every run.
  func order(_ image: Int) -> [Int] {
    GenerationOrder.random(configuration.locations, seed: 1, purpose: "benchmark.order", UInt64(image))
  }
}
