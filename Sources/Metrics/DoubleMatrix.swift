import COpenBLAS
import Kernels

/// A row-major matrix of doubles and the few LAPACK results that the metrics need.
///
/// OpenBLAS runs at one thread; the caller decides what runs in parallel.
struct DoubleMatrix: Sendable {
  let rows: Int
  let columns: Int
  var values: [Double]

  init(rows: Int, columns: Int, values: [Double]) {
    precondition(values.count == rows * columns, "\(rows)×\(columns) needs \(rows * columns) values")
    self.rows = rows
    self.columns = columns
    self.values = values
  }

  /// self · otherᵀ, shared among threads by blocks of rows.
  func timesTransposed(_ other: DoubleMatrix) -> DoubleMatrix {
    precondition(
      columns == other.columns, "\(rows)×\(columns) times the transpose of \(other.rows)×\(other.columns)")
    var product = [Double](repeating: 0, count: rows * other.rows)
    product.withUnsafeMutableBufferPointer { target in
      guard let base = target.baseAddress else { return }
      let target = DoubleStore(base)
      Parallel.ranges(rows, size: 256) { block in
        values.withUnsafeBufferPointer { left in
          Self.multiplyTransposed(
            left.baseAddress.map { $0 + block.lowerBound * columns }, rows: block.count, other,
            into: target.pointer + block.lowerBound * other.rows)
        }
      }
    }
    return DoubleMatrix(rows: rows, columns: other.rows, values: product)
  }

  /// `rows` rows at `left` times the transpose of `right`, on this thread.
  static func multiplyTransposed(
    _ left: UnsafePointer<Double>?, rows: Int, _ right: DoubleMatrix,
    into result: UnsafeMutablePointer<Double>
  ) {
    guard let left, rows > 0, right.rows > 0 else { return }
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(right.rows), blasint(right.columns), 1,
      left, blasint(right.columns), right.values, blasint(right.columns), 0, result, blasint(right.rows))
  }

  /// The sum of the singular values (LAPACK `dgesdd` without vectors).
  func nuclearNorm() throws -> Double {
    guard !values.isEmpty else { return 0 }
    // Row-major storage is the transpose in LAPACK's eyes; singular values do not mind.
    var (m, n, one) = (blasint(columns), blasint(rows), blasint(1))
    var matrix = values
    var leading = m
    var singular = [Double](repeating: 0, count: min(rows, columns))
    var integers = [blasint](repeating: 0, count: 8 * min(rows, columns))
    var (left, right) = (0.0, 0.0)
    try Self.call("dgesdd") { work, length, _, _, info in
      dgesdd_(
        "N", &m, &n, &matrix, &leading, &singular, &left, &one, &right, &one, &work, &length, &integers, &info
      )
    }
    return singular.reduce(0, +)
  }

  /// The upper triangular factor R (columns × columns) of self = QR. Needs rows ≥ columns.
  func triangularFactor() throws -> DoubleMatrix {
    precondition(rows >= columns, "a triangular factor needs at least as many rows as columns")
    var (m, n) = (blasint(rows), blasint(columns))
    var matrix = transposed().values
    var leading = m
    var scales = [Double](repeating: 0, count: columns)
    try Self.call("dgeqrf") { work, length, _, _, info in
      dgeqrf_(&m, &n, &matrix, &leading, &scales, &work, &length, &info)
    }
    var factor = [Double](repeating: 0, count: columns * columns)
    for row in 0..<columns {
      for column in row..<columns { factor[row * columns + column] = matrix[column * rows + row] }
    }
    return DoubleMatrix(rows: columns, columns: columns, values: factor)
  }

  /// Eigenvalues (ascending) of a symmetric matrix and its eigenvectors as rows (LAPACK `dsyevd`).
  func symmetricEigen() throws -> (values: [Double], vectors: DoubleMatrix) {
    precondition(rows == columns, "only a square matrix is symmetric")
    var n = blasint(rows)
    var matrix = values
    var leading = n
    var eigenvalues = [Double](repeating: 0, count: rows)
    try Self.call("dsyevd") { work, length, integers, integerLength, info in
      dsyevd_(
        "V", "U", &n, &matrix, &leading, &eigenvalues, &work, &length, &integers, &integerLength, &info)
    }
    return (eigenvalues, DoubleMatrix(rows: rows, columns: rows, values: matrix))
  }

  func transposed() -> DoubleMatrix {
    var turned = [Double](repeating: 0, count: values.count)
    for row in 0..<rows {
      for column in 0..<columns { turned[column * rows + row] = values[row * columns + column] }
    }
    return DoubleMatrix(rows: columns, columns: rows, values: turned)
  }

  /// Calls a LAPACK routine twice: with lengths of −1 to ask for its workspace, then with that workspace.
  private static func call(
    _ routine: String,
    _ body: (inout [Double], inout blasint, inout [blasint], inout blasint, inout blasint) -> Void
  ) throws {
    var work = [0.0]
    var integers: [blasint] = [0]
    var (length, integerLength, info) = (blasint(-1), blasint(-1), blasint(0))
    body(&work, &length, &integers, &integerLength, &info)
    if info == 0 {
      (length, integerLength) = (max(blasint(work[0]), 1), max(integers[0], 1))
      work = [Double](repeating: 0, count: Int(length))
      integers = [blasint](repeating: 0, count: Int(integerLength))
      body(&work, &length, &integers, &integerLength, &info)
    }
    guard info == 0 else { throw MetricError.notConverged(routine: routine, info: Int(info)) }
  }
}

/// Memory that blocks of one loop fill side by side.
struct DoubleStore: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Double>
  init(_ pointer: UnsafeMutablePointer<Double>) { self.pointer = pointer }
}
