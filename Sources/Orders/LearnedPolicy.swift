import Foundation
import Kernels
import Layers
import Models

/// An order policy at work on some images (pipeline/method/orders.md): it reads what is revealed, with a cache of its own,
/// and says how likely each free location is the next.
public final class LearnedPolicy {
  private let session: DecodingSession
  /// Logits of free locations side by side, (images, free), and what is best among them, (images).
  private let free: Tensor
  private let scores: Tensor
  private let winners: TensorOf<Int32>

  /// - Parameters:
  ///   - policy: a model that predicts locations.
  ///   - images: how many images there are room for.
  ///   - precision: one of `Precision.available`.
  public init(_ policy: AnyOrderTransformer, images: Int, precision: Precision = .float32) {
    precondition(policy.configuration.predicts == .locations, "a policy predicts locations")
    session = DecodingSession(model: policy, sequences: images, precision: precision)
    free = Tensor(images * policy.configuration.locations)
    scores = Tensor(images)
    winners = TensorOf(images)
  }

  /// Begins an image anew.
  public func start(_ image: Int, _ condition: Condition) { session.start(image, condition) }

  /// The free location that is the likeliest next, the lowest on ties, with its log p among the free ones, (images).
  ///
  /// - Parameters:
  ///   - placed: as of `logProbabilities`.
  ///   - free: the locations among which it chooses, in raster order, one at least and as many for each image.
  /// - Returns: indices among the free locations.
  public func best(
    _ images: Range<Int>, placed: [[PlacedToken]], free: [[Int]]
  ) -> [(index: Int, logProbability: Float)] {
    guard let count = free.first?.count, !images.isEmpty else { return [] }
    let logits = logits(images, placed: placed)
    for (image, locations) in free.enumerated() {
      precondition(locations.count == count, "equal numbers of locations")
      let (row, target) = (logits.row(image), self.free.pointer + image * count)
      for (index, location) in locations.enumerated() { target[index] = row[location] }
    }
    CrossEntropy.logConfidence(
      self.free.pointer, into: scores.pointer, best: winners.pointer, rows: images.count, columns: count)
    return (0..<images.count).map { (Int(winners.pointer[$0]), scores.pointer[$0]) }
  }

  /// log p of every free location being the next, (images, free).
  ///
  /// - Parameters:
  ///   - placed: what was placed in each image since the last time, equally much in all of them.
  ///   - free: the locations among which it chooses, one at least.
  public func logProbabilities(
    _ images: Range<Int>, placed: [[PlacedToken]], free: [[Int]]
  ) -> [[Float]] {
    guard !images.isEmpty else { return [] }
    let logits = logits(images, placed: placed)
    return free.enumerated().map { index, free in
      let row = logits.row(index)
      let values = free.map { Double(row[$0]) }
      let top = values.max() ?? 0
      let sum = values.reduce(0) { $0 + exp($1 - top) }
      return values.map { Float($0 - top - log(sum)) }
    }
  }

  /// Feeds what was placed; logits of all locations, (images, N).
  private func logits(_ images: Range<Int>, placed: [[PlacedToken]]) -> Tensor {
    session.advance(images, placed: placed, asking: images.map { _ in [] })
    return session.logitsOfContext()
  }
}
