import Layers
import Randomness

/// Tokenised images with the order each is to be predicted in.
public struct AnyOrderBatch: Sendable {
  /// Codes in raster layout, (B, N).
  public var tokens: [Int32]
  /// Class of each image, or the null class; (B).
  public var labels: [Int32]
  /// `orders[b·N + i]` is the raster location predicted at step i; (B, N), each row a permutation.
  public var orders: [Int32]

  public var count: Int { labels.count }

  public init(tokens: [Int32], labels: [Int32], orders: [Int32]) {
    self.tokens = tokens
    self.labels = labels
    self.orders = orders
  }

  /// Some consecutive images of the batch.
  func slice(_ range: Range<Int>) -> AnyOrderBatch {
    let locations = tokens.count / max(count, 1)
    let cells = range.lowerBound * locations..<range.upperBound * locations
    return AnyOrderBatch(
      tokens: Array(tokens[cells]), labels: Array(labels[range]), orders: Array(orders[cells]))
  }
}

/// Which masks a training step uses: a function of (seed, step), so that a resumed run repeats them.
public struct DropoutPlan: Sendable {
  package let token: Dropout
  package let blocks: [BlockDropouts]

  public init(rates: DropoutRates, layers: Int, seed: UInt64, step: Int) {
    func stream(_ layer: Int, _ kind: UInt64) -> RandomStream {
      RandomStream(seed: seed, purpose: "train.dropout", UInt64(step), UInt64(layer), kind)
    }
    token = Dropout(rate: rates.token, stream: stream(0, 0))
    blocks = (0..<layers).map { layer in
      BlockDropouts(
        residual: Dropout(rate: rates.residual, stream: stream(layer, 1)),
        feedForward: Dropout(rate: rates.feedForward, stream: stream(layer, 2)))
    }
  }
}
