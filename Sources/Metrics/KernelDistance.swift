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

  /// What every pair of images contributes to the distance of A minus that of B, both to one reference.
  ///
  /// When pair i is exchanged between A and B its contribution changes sign and no other changes: of the terms
  /// with pairs i and j, k(aᵢ,aⱼ) − k(bᵢ,bⱼ) + k(aᵢ,bⱼ) − k(bᵢ,aⱼ) goes to i and its mirror to j. So a
  /// permutation test needs the kernel once only.
  ///
  /// - Throws: `MetricError.countsDiffer`, `.dimensionsDiffer`, `.tooFewImages`.
  public static func contributions(
    _ a: FeatureSet, _ b: FeatureSet, reference: FeatureSet
  ) throws -> [Double] {
    try FeatureSet.checkPairs(a, b)
    try FeatureSet.check("a kernel distance", generated: a, reference: reference, needed: 2)
    let (n, m) = (Double(a.count), Double(reference.count))
    let within = zip(
      zip(rowSums(a, a, withoutDiagonal: true), rowSums(b, b, withoutDiagonal: true)),
      zip(rowSums(a, b, withoutDiagonal: true), rowSums(b, a, withoutDiagonal: true)))
    let across = zip(
      rowSums(a, reference, withoutDiagonal: false), rowSums(b, reference, withoutDiagonal: false))
    return zip(within, across).map { pair in
      let ((own, cross), reference) = pair
      return (own.0 - own.1 + cross.0 - cross.1) / (n * (n - 1)) - 2 * (reference.0 - reference.1) / (n * m)
    }
  }

  private static let blockSize = 256

  /// Σ k(xᵢ, yⱼ) over all pairs, or over i ≠ j.
  private static func sums(_ x: FeatureSet, _ y: FeatureSet, withoutDiagonal: Bool) -> Double {
    let rows = rowSums(x, y, withoutDiagonal: withoutDiagonal)
    return stride(from: 0, to: rows.count, by: blockSize)
      .map { rows[$0..<min($0 + blockSize, rows.count)].reduce(0, +) }.reduce(0, +)
  }

  /// Σⱼ k(xᵢ, yⱼ) for every i, perhaps without j = i.
  private static func rowSums(_ x: FeatureSet, _ y: FeatureSet, withoutDiagonal: Bool) -> [Double] {
    let right = DoubleMatrix(rows: y.count, columns: y.dimension, values: y.values.map(Double.init))
    let scale = 1 / Double(x.dimension)
    var totals = [Double](repeating: 0, count: x.count)
    totals.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let store = DoubleStore(base)
      Parallel.ranges(x.count, size: blockSize) { rows in
        let left = x.values[rows.lowerBound * x.dimension..<rows.upperBound * x.dimension].map(Double.init)
        var products = [Double](repeating: 0, count: rows.count * y.count)
        DoubleMatrix.multiplyTransposed(left, rows: rows.count, right, into: &products)
        for row in rows {
          var sum = 0.0
          let line = (row - rows.lowerBound) * y.count
          for column in 0..<y.count {
            if withoutDiagonal && row == column { continue }
            let affine = products[line + column] * scale + 1
            sum += affine * affine * affine
          }
          store.pointer[row] = sum
        }
      }
    }
    return totals
  }
}
