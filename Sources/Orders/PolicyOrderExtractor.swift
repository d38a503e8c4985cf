import Foundation
import Kernels
import Models

/// Orders of images by a learned policy: at every step, teacher forced, the free location that the policy finds likeliest
/// behind what is revealed. It asks the policy once a step, where `GreedyOrderExtractor` asks the model for every free
/// location.
public final class PolicyOrderExtractor {
  /// An image's order, and how likely the policy found each step.
  public struct Result: Sendable, Equatable {
    /// Raster location of every step.
    public var order: [Int] = []
    /// Probability of each location among the free ones.
    public var confidence: [Float] = []
  }

  private let policy: LearnedPolicy
  private let configuration: AnyOrderConfiguration
  private let batch: Int

  /// - Parameters:
  ///   - batch: images processed together; results do not depend on it.
  ///   - precision: one of `Precision.available`.
  public init(policy: AnyOrderTransformer, batch: Int, precision: Precision = .float32) {
    self.policy = LearnedPolicy(policy, images: batch, precision: precision)
    self.batch = batch
    configuration = policy.configuration
  }

  /// Orders of at most `batch` images.
  ///
  /// - Parameters:
  ///   - tokens: codes in raster layout, (images, N).
  ///   - conditions: what each image is drawn from.
  ///   - among: the locations to order, as many for each image, if not all.
  public func extract(
    tokens: [[Int]], conditions: [Condition], among subsets: [[Int]]? = nil
  ) -> [Result] {
    precondition(tokens.count == conditions.count && tokens.count <= batch)
    let images = 0..<tokens.count
    for image in images { policy.start(image, conditions[image]) }
    var results = images.map { _ in Result() }
    var free = images.map { subsets?[$0].sorted() ?? Array(0..<configuration.locations) }
    let steps = free.first?.count ?? 0
    precondition(free.allSatisfy { $0.count == steps }, "equal numbers of locations")
    for _ in 0..<steps {
      let placed = images.map { image in
        results[image].order.suffix(1).map { PlacedToken(location: $0, code: tokens[image][$0]) }
      }
      for (image, best) in policy.best(images, placed: placed, free: free).enumerated() {
        results[image].order.append(free[image].remove(at: best.index))
        results[image].confidence.append(exp(best.logProbability))
      }
    }
    return results
  }
}

/// Ordering images whose tokens are known, or a part of each.
public protocol OrderExtractor {
  /// - Parameters:
  ///   - tokens: codes in raster layout, (images, N).
  ///   - locations: those to order, as many for each image.
  /// - Returns: these locations by step.
  func orders(tokens: [[Int]], conditions: [Condition], among locations: [[Int]]) -> [[Int]]
}

extension PolicyOrderExtractor: OrderExtractor {
  public func orders(tokens: [[Int]], conditions: [Condition], among locations: [[Int]]) -> [[Int]] {
    extract(tokens: tokens, conditions: conditions, among: locations).map(\.order)
  }
}

extension GreedyOrderExtractor: OrderExtractor {
  public func orders(tokens: [[Int]], conditions: [Condition], among locations: [[Int]]) -> [[Int]] {
    extract(tokens: tokens, conditions: conditions, among: locations).map(\.order)
  }
}
