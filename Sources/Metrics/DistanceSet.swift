import Kernels
import Synchronization

/// Squared Euclidean distances between sets of features: by products for the bulk, by exact differences
/// Σ (a − b)² in doubles wherever a comparison is close.
struct DistanceSet: Sendable {
  let features: FeatureSet
  private let matrix: DoubleMatrix
  private let norms: [Double]
  private static let blockSize = 256

  init(_ features: FeatureSet) {
    self.features = features
    matrix = DoubleMatrix(
      rows: features.count, columns: features.dimension, values: features.values.map(Double.init))
    let values = matrix.values
    norms = (0..<features.count).map { row in
      values[row * features.dimension..<(row + 1) * features.dimension].reduce(0) { $0 + $1 * $1 }
    }
  }

  /// How many balls hold each point, and which balls hold any point.
  struct Membership: Sendable {
    var balls: [Int]
    var covered: [Bool]
  }

  /// The squared distance from every image to its k-th nearest other image of the set, exact.
  func squaredRadii(k: Int) -> [Double] {
    let count = features.count
    var radii = [Double](repeating: 0, count: count)
    radii.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let store = DoubleStore(base)
      forEachBlock(against: self) { rows, distances in
        for row in rows {
          let line = distances + (row - rows.lowerBound) * count
          store.pointer[row] = exactRadius(row, line, k: k)
        }
      }
    }
    return radii
  }

  private func exactRadius(_ row: Int, _ line: UnsafePointer<Double>, k: Int) -> Double {
    var nearest = [Double]()
    for column in 0..<features.count where column != row {
      let value = line[column]
      if nearest.count == k, value >= nearest[k - 1] { continue }
      if nearest.count == k { nearest.removeLast() }
      let place = nearest.firstIndex { $0 > value } ?? nearest.count
      nearest.insert(value, at: place)
    }
    let approximate = nearest[k - 1]
    var closer = 0
    var candidates = [Double]()
    for column in 0..<features.count where column != row {
      let slack = tolerance(approximate, norms[row] + norms[column])
      if line[column] < approximate - slack {
        closer += 1
      } else if line[column] <= approximate + slack {
        candidates.append(exact(row, self, column))
      }
    }
    return candidates.sorted()[k - 1 - closer]
  }

  /// Which of this set's points lie in the balls of the given squared radii around the other set's points,
  /// with the balls' surfaces inside and outside.
  func membership(of centres: DistanceSet, radii: [Double]) -> (inclusive: Membership, strict: Membership) {
    let empty = Membership(
      balls: [Int](repeating: 0, count: features.count),
      covered: [Bool](repeating: false, count: centres.features.count))
    let result = Mutex((inclusive: empty, strict: empty))
    forEachBlock(against: centres) { rows, distances in
      var inclusive = Membership(balls: [], covered: empty.covered)
      var strict = inclusive
      for row in rows {
        let line = distances + (row - rows.lowerBound) * centres.features.count
        var (inside, wellInside) = (0, 0)
        for column in 0..<centres.features.count {
          var distance = line[column]
          let slack = tolerance(radii[column], norms[row] + centres.norms[column])
          if distance > radii[column] + slack { continue }
          if distance >= radii[column] - slack { distance = exact(row, centres, column) }
          guard distance <= radii[column] else { continue }
          inside += 1
          inclusive.covered[column] = true
          guard distance < radii[column] else { continue }
          wellInside += 1
          strict.covered[column] = true
        }
        inclusive.balls.append(inside)
        strict.balls.append(wellInside)
      }
      result.withLock {
        $0.inclusive.merge(inclusive, at: rows)
        $0.strict.merge(strict, at: rows)
      }
    }
    return result.withLock { $0 }
  }

  /// Products of doubles are good to about d·10⁻¹⁶ of the norms; the window is generous on both counts.
  @inline(__always)
  private func tolerance(_ squaredRadius: Double, _ norms: Double) -> Double {
    1e-6 * squaredRadius + 1e-11 * norms
  }

  private func exact(_ row: Int, _ other: DistanceSet, _ column: Int) -> Double {
    let dimension = features.dimension
    var sum = 0.0
    for feature in 0..<dimension {
      let difference =
        matrix.values[row * dimension + feature] - other.matrix.values[column * dimension + feature]
      sum += difference * difference
    }
    return sum
  }

  /// Runs `body` for blocks of this set's rows with their approximate squared distances to all of the other
  /// set.
  private func forEachBlock(
    against other: DistanceSet, _ body: (Range<Int>, UnsafePointer<Double>) -> Void
  ) {
    Parallel.ranges(features.count, size: Self.blockSize) { rows in
      var distances = [Double](repeating: 0, count: rows.count * other.features.count)
      matrix.values.withUnsafeBufferPointer { left in
        DoubleMatrix.multiplyTransposed(
          left.baseAddress.map { $0 + rows.lowerBound * matrix.columns }, rows: rows.count, other.matrix,
          into: &distances)
      }
      for row in rows {
        let line = (row - rows.lowerBound) * other.features.count
        for column in 0..<other.features.count {
          distances[line + column] = max(norms[row] + other.norms[column] - 2 * distances[line + column], 0)
        }
      }
      distances.withUnsafeBufferPointer { buffer in
        if let base = buffer.baseAddress { body(rows, base) }
      }
    }
  }
}

extension DistanceSet.Membership {
  /// Takes over one block's counts at `rows`; a ball is covered when any block covers it.
  fileprivate mutating func merge(_ block: Self, at rows: Range<Int>) {
    balls.replaceSubrange(rows, with: block.balls)
    for index in covered.indices where block.covered[index] { covered[index] = true }
  }
}
