import Kernels
import Randomness

/// Chooses latents to become codes: one after the other, each with a probability proportional to its squared distance
/// from the nearest code so far (k-means++, Arthur and Vassilvitskii 2007), on the unit sphere.
struct CodeSeeding {
  /// Unit latents, (rows, E).
  private let units: Tensor
  /// Squared distance of every latent from its nearest code.
  private var distances: [Double]

  /// - Parameter distances: from the codes there are, or nil when there are none yet.
  init(units: Tensor, distances: [Double]? = nil) {
    self.units = units
    self.distances = distances ?? [Double](repeating: 4, count: units.rows)
  }

  /// The row of the next latent. Once every latent lies on a code, any latent will do.
  mutating func next(_ stream: inout RandomStream) -> Int {
    let total = distances.reduce(0, +)
    var row = stream.below(units.rows)
    if total > 0 {
      var rest = stream.uniform() * total
      row = distances.lastIndex { $0 > 0 } ?? row
      for (index, distance) in distances.enumerated() {
        rest -= distance
        if rest < 0 {
          row = index
          break
        }
      }
    }
    let chosen = units.row(row)
    for index in 0..<units.rows {
      let other = units.row(index)
      var cosine: Float = 0
      for i in 0..<units.columns { cosine += chosen[i] * other[i] }
      distances[index] = min(distances[index], max(Double(2 - 2 * cosine), 0))
    }
    distances[row] = 0
    return row
  }
}
