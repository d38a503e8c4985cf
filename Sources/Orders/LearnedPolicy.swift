import Foundation
import Kernels
import Models

/// An order policy at work on some images (pipeline/method/orders.md): it reads what is revealed, with a cache of its own,
/// and says how likely each free location is the next.
public final class LearnedPolicy {
  private let session: DecodingSession

  /// - Parameters:
  ///   - policy: a model that predicts locations.
  ///   - images: how many images there are room for.
  ///   - precision: one of `Precision.available`.
  public init(_ policy: AnyOrderTransformer, images: Int, precision: Precision = .float32) {
    precondition(policy.configuration.predicts == .locations, "a policy predicts locations")
    session = DecodingSession(model: policy, sequences: images, precision: precision)
  }

  /// Bytes that it takes for each image.
  public static func bytesPerImage(_ configuration: AnyOrderConfiguration, precision: Precision) -> Int {
    DecodingSession.bytesPerSequence(configuration, precision: precision)
  }

  /// Begins an image anew.
  public func start(_ image: Int, _ condition: Condition) { session.start(image, condition) }

  /// log p of every free location being the next, (images, free).
  ///
  /// - Parameters:
  ///   - placed: what was placed in each image since the last time, equally much in all of them.
  ///   - free: the locations among which it chooses, one at least.
  public func logProbabilities(
    _ images: Range<Int>, placed: [[PlacedToken]], free: [[Int]]
  ) -> [[Float]] {
    guard !images.isEmpty else { return [] }
    session.advance(images, placed: placed, asking: images.map { _ in [] })
    let logits = session.logitsOfContext()
    return free.enumerated().map { index, free in
      let row = logits.row(index)
      let values = free.map { Double(row[$0]) }
      let top = values.max() ?? 0
      let sum = values.reduce(0) { $0 + exp($1 - top) }
      return values.map { Float($0 - top - log(sum)) }
    }
  }
}
