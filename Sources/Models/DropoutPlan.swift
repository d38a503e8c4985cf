import Layers
import Randomness

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
