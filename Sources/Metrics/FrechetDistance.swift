/// The Fréchet distance between two sets of features (Heusel et al. 2017):
/// ‖μ₁ − μ₂‖² + tr Σ₁ + tr Σ₂ − 2 tr (Σ₁Σ₂)^½.
///
/// The last trace is the sum of the singular values of L₁ᵀL₂ for any factors Σ = L Lᵀ, so there is no matrix
/// square root, no complex number and nothing added to the diagonal; rank-deficient covariances are exact as
/// well. A factor is made once per set (`Factor`) and used against many others.
public struct FrechetDistance: Sendable, Equatable {
  /// The distance as computed; rounding can leave it a hair below zero.
  public let raw: Double
  /// The distance to print: `raw`, with values between −10⁻⁶ of the scale and 0 shown as 0.
  public let value: Double
  /// Whether a set had no more images than features, which makes the estimate strongly biased upwards.
  public let rankDeficient: Bool

  /// One side of the distance: mean, trace of the covariance and Lᵀ with min(images − 1, features) useful
  /// rows.
  public struct Factor: Sendable {
    let mean: [Double]
    let trace: Double
    let factor: DoubleMatrix
    let rankDeficient: Bool

    /// The factor of a set of features. With fewer images than features the centred features themselves serve
    /// and no covariance is formed; otherwise the triangle of their QR decomposition does.
    ///
    /// - Throws: `MetricError.tooFewImages` for fewer than two images.
    public init(_ features: FeatureSet) throws {
      guard features.count >= 2 else {
        throw MetricError.tooFewImages(
          metric: "a Fréchet distance", set: features.name, found: features.count, needed: 2)
      }
      var (mean, centred) = features.centred()
      let scale = 1 / Double(features.count - 1).squareRoot()
      for index in centred.values.indices { centred.values[index] *= scale }
      self.mean = mean
      trace = centred.values.reduce(0) { $0 + $1 * $1 }
      factor = features.count < features.dimension ? centred : try centred.triangularFactor()
      rankDeficient = features.count <= features.dimension
    }

    /// The factor of given statistics, by the eigenvectors of the symmetrised covariance.
    ///
    /// - Throws: `MetricError.notACovariance` for an eigenvalue below −10⁻⁶ of the largest.
    public init(_ statistics: FeatureStatistics) throws {
      let size = statistics.dimension
      var symmetric = statistics.covariance
      for row in 0..<size {
        for column in 0..<row {
          let middle = (symmetric[row * size + column] + symmetric[column * size + row]) / 2
          symmetric[row * size + column] = middle
          symmetric[column * size + row] = middle
        }
      }
      var (eigenvalues, vectors) = try DoubleMatrix(rows: size, columns: size, values: symmetric)
        .symmetricEigen()
      let largest = eigenvalues.last ?? 0
      if let smallest = eigenvalues.first, smallest < -1e-6 * abs(largest) {
        throw MetricError.notACovariance(set: statistics.name, eigenvalue: smallest, largest: largest)
      }
      let threshold = Double(size) * 2.2e-16 * largest
      for row in 0..<size {
        let root = eigenvalues[row] > threshold ? eigenvalues[row].squareRoot() : 0
        for column in 0..<size { vectors.values[row * size + column] *= root }
      }
      mean = statistics.mean
      trace = (0..<size).reduce(0) { $0 + symmetric[$1 * size + $1] }
      factor = vectors
      rankDeficient = statistics.count > 0 && statistics.count <= size
    }
  }

  /// - Throws: `MetricError.dimensionsDiffer`, or `MetricError.notConverged` from LAPACK.
  public init(_ generated: Factor, _ reference: Factor) throws {
    guard generated.mean.count == reference.mean.count else {
      throw MetricError.dimensionsDiffer(generated: generated.mean.count, reference: reference.mean.count)
    }
    let shift = zip(generated.mean, reference.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let overlap = try generated.factor.timesTransposed(reference.factor).nuclearNorm()
    raw = shift + generated.trace + reference.trace - 2 * overlap
    let scale = max(shift + generated.trace + reference.trace, .leastNormalMagnitude)
    value = raw < 0 && raw > -1e-6 * scale ? 0 : raw
    rankDeficient = generated.rankDeficient || reference.rankDeficient
  }

  /// The distance between two sets of features.
  ///
  /// - Throws: `MetricError.dimensionsDiffer`; `MetricError.tooFewImages` for fewer than two images in a set.
  public init(generated: FeatureSet, reference: FeatureSet) throws {
    try FeatureSet.check("a Fréchet distance", generated: generated, reference: reference, needed: 2)
    try self.init(Factor(generated), Factor(reference))
  }
}
