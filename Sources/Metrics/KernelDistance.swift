import Kernels

/// The kernel distance (KID, Bińkowski et al. 2018): the unbiased squared maximum mean discrepancy under the
/// kernel k(x, y) = (x·y / d + 1)³, in doubles. Small negative values are correct.
public enum KernelDistance {
  /// Mean and spread over random subsets, as torch-fidelity reports them.
  public struct Subsets: Sendable, Equatable {
    public let mean: Double
    /// Population deviation over subsets. Subsets overlap, so this is not a standard error.
    public let deviation: Double
    public let count: Int
    /// Images per subset: the size asked for, or the smaller set's size when that is less.
    public let size: Int
  }

  /// The estimator over `count` subsets of `size` images of each set, drawn like
  /// `numpy.random.RandomState(seed).choice(n, size, replace=False)` for the generated set, then the
  /// reference.
  ///
  /// - Throws: `MetricError.dimensionsDiffer`; `MetricError.tooFewImages` for fewer than two images in a set.
  public static func subsets(
    generated: FeatureSet, reference: FeatureSet, count: Int = 100, size: Int = 1000, seed: UInt32 = 2020
  ) throws -> Subsets {
    try FeatureSet.check("a kernel distance", generated: generated, reference: reference, needed: 2)
    precondition(count > 0 && size > 1, "a kernel distance needs subsets of at least two images")
    let size = min(size, generated.count, reference.count)
    var twister = MersenneTwister(seed: seed)
    let draws = (0..<count).map { _ in
      (twister.choice(generated.count, size: size), twister.choice(reference.count, size: size))
    }
    var values = [Double](repeating: 0, count: count)
    values.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let store = DoubleStore(base)
      Parallel.forEach(count) { index in
        let (x, y) = (generated.selecting(draws[index].0), reference.selecting(draws[index].1))
        let m = Double(size)
        let within =
          (sums(x, x, withoutDiagonal: true) + sums(y, y, withoutDiagonal: true)) / (m * (m - 1))
        store.pointer[index] = within - 2 * sums(x, y, withoutDiagonal: false) / (m * m)
      }
    }
    let summary = Summary(of: values)
    return Subsets(mean: summary.mean, deviation: summary.populationDeviation, count: count, size: size)
  }

  /// The estimator over all images; the sets may differ in size. Deterministic and of lower variance than
  /// subsets.
  ///
  /// - Throws: `MetricError.dimensionsDiffer`; `MetricError.tooFewImages` for fewer than two images in a set.
  public static func full(generated: FeatureSet, reference: FeatureSet) throws -> Double {
    try FeatureSet.check("a kernel distance", generated: generated, reference: reference, needed: 2)
    let (n, m) = (Double(generated.count), Double(reference.count))
    return sums(generated, generated, withoutDiagonal: true) / (n * (n - 1))
      + sums(reference, reference, withoutDiagonal: true) / (m * (m - 1))
      - 2 * sums(generated, reference, withoutDiagonal: false) / (n * m)
  }

  /// Σ k(xᵢ, yⱼ) over all pairs, or over i ≠ j.
  private static func sums(_ x: FeatureSet, _ y: FeatureSet, withoutDiagonal: Bool) -> Double {
    let right = DoubleMatrix(rows: y.count, columns: y.dimension, values: y.values.map(Double.init))
    let size = 256
    let blocks = (x.count + size - 1) / size
    let scale = 1 / Double(x.dimension)
    var partial = [Double](repeating: 0, count: blocks)
    partial.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let store = DoubleStore(base)
      Parallel.forEach(blocks) { block in
        let rows = block * size..<min((block + 1) * size, x.count)
        let left = x.values[rows.lowerBound * x.dimension..<rows.upperBound * x.dimension].map(Double.init)
        var products = [Double](repeating: 0, count: rows.count * y.count)
        DoubleMatrix.multiplyTransposed(left, rows: rows.count, right, into: &products)
        var total = 0.0
        for row in 0..<rows.count {
          var sum = 0.0
          for column in 0..<y.count {
            if withoutDiagonal && rows.lowerBound + row == column { continue }
            let affine = products[row * y.count + column] * scale + 1
            sum += affine * affine * affine
          }
          total += sum
        }
        store.pointer[block] = total
      }
    }
    return partial.reduce(0, +)
  }
}
