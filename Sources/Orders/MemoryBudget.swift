import Kernels
import Models

/// A limit on the memory that images decoded together take: caches and the rows of a step, which grow with their
/// number. Weights and the threads' scratch memory, which do not, come on top.
public struct MemoryBudget: Sendable {
  /// A pebibyte: the largest limit that can be asked for.
  public static let mostMebibytes = 1 << 30

  /// 0: no limit.
  public let mebibytes: Int

  public init(mebibytes: Int) { self.mebibytes = mebibytes }

  /// How many of `batch` images to decode together; one at least. Results do not depend on it.
  public func images(of batch: Int, bytesPerImage: Int) -> Int {
    guard mebibytes > 0 else { return batch }
    return max(min(batch, (mebibytes << 20) / max(bytesPerImage, 1)), 1)
  }
}

extension GreedyOrderExtractor {
  /// Bytes that extraction takes for each image of a batch.
  public static func bytesPerImage(_ configuration: AnyOrderConfiguration, precision: Precision) -> Int {
    DecodingSession.bytesPerSequence(configuration, precision: precision)
  }
}
