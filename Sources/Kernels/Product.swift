import COpenBLAS

/// Whether a factor is read as stored or transposed.
public enum Orientation: Sendable {
  case asIs, transposed
  @inline(__always) var blas: CBLAS_TRANSPOSE { self == .asIs ? CblasNoTrans : CblasTrans }
}

/// One single-threaded product on raw row-major storage:
/// C (m, n) ← alpha · op(A) (m, k) · op(B) (k, n) + beta · C.
///
/// Strides are the distances between stored rows, so that heads inside a fused projection need no copies.
@inline(__always)
public func product(
  _ m: Int, _ n: Int, _ k: Int, alpha: Float = 1,
  _ a: UnsafePointer<Float>, stride aStride: Int, _ aOrientation: Orientation = .asIs,
  _ b: UnsafePointer<Float>, stride bStride: Int, _ bOrientation: Orientation = .asIs,
  beta: Float = 0, into c: UnsafeMutablePointer<Float>, stride cStride: Int
) {
  guard m > 0, n > 0 else { return }
  cblas_sgemm(
    CblasRowMajor, aOrientation.blas, bOrientation.blas, blasint(m), blasint(n), blasint(k), alpha, a,
    blasint(aStride), b, blasint(bStride), beta, c, blasint(cStride))
}

/// The same product shared among threads: tall results are split by rows, wide ones by columns, in blocks that
/// depend on the shape alone.
public func parallelProduct(
  _ m: Int, _ n: Int, _ k: Int, alpha: Float = 1,
  _ a: UnsafePointer<Float>, stride aStride: Int, _ aOrientation: Orientation = .asIs,
  _ b: UnsafePointer<Float>, stride bStride: Int, _ bOrientation: Orientation = .asIs,
  beta: Float = 0, into c: UnsafeMutablePointer<Float>, stride cStride: Int
) {
  guard m > 0, n > 0 else { return }
  // A block of about 2^24 multiply-adds takes well under a millisecond, yet dwarfs the hand-over between threads.
  if m >= 2 * n || (m >= 128 && n < 256) {
    let size = min(max((1 << 24) / max(n * k, 1), 64), 512) / 16 * 16
    Parallel.ranges(m, size: max(size, 16)) { rows in
      product(
        rows.count, n, k, alpha: alpha, a + rows.lowerBound * (aOrientation == .asIs ? aStride : 1),
        stride: aStride, aOrientation, b, stride: bStride, bOrientation, beta: beta,
        into: c + rows.lowerBound * cStride, stride: cStride)
    }
  } else {
    let size = min(max((1 << 24) / max(m * k, 1), 64), 512) / 16 * 16
    Parallel.ranges(n, size: max(size, 16)) { columns in
      product(
        m, columns.count, k, alpha: alpha, a, stride: aStride, aOrientation,
        b + columns.lowerBound * (bOrientation == .asIs ? 1 : bStride), stride: bStride, bOrientation,
        beta: beta, into: c + columns.lowerBound, stride: cStride)
    }
  }
}

/// C ← op(A) · op(B) + beta · C on whole tensors read as matrices, shared among threads.
public func multiply(
  _ a: Tensor, _ aOrientation: Orientation = .asIs, _ b: Tensor, _ bOrientation: Orientation = .asIs,
  beta: Float = 0, into c: Tensor
) {
  let (m, k) = aOrientation == .asIs ? (a.rows, a.columns) : (a.columns, a.rows)
  let (k2, n) = bOrientation == .asIs ? (b.rows, b.columns) : (b.columns, b.rows)
  precondition(
    k == k2 && c.rows == m && c.columns == n,
    "shapes do not fit: \(a.shape) \(aOrientation) times \(b.shape) \(bOrientation) into \(c.shape)")
  parallelProduct(
    m, n, k, a.pointer, stride: a.columns, aOrientation, b.pointer, stride: b.columns, bOrientation,
    beta: beta,
    into: c.pointer, stride: n)
}
