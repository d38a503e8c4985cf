/// A window on rows of floats.
public typealias RowView = Rows<Float>

/// A window on consecutive rows of row-major storage: where it starts and how far apart its rows are.
///
/// Layers compute on row views so that one thread can work on its own rows of a shared buffer, and so that a head
/// inside a fused projection needs no copy. A view does not own memory; its tensor must outlive it.
@frozen
public struct Rows<Element: BitwiseCopyable>: @unchecked Sendable {
  public let pointer: UnsafeMutablePointer<Element>
  public let stride: Int

  @inlinable @inline(__always)
  public init(_ pointer: UnsafeMutablePointer<Element>, stride: Int) {
    self.pointer = pointer
    self.stride = stride
  }

  /// The rows of a tensor's matrix reading from `row` on, optionally starting at a column.
  @inlinable @inline(__always)
  public init(_ tensor: TensorOf<Element>, row: Int = 0, column: Int = 0) {
    pointer = tensor.pointer + row * tensor.columns + column
    stride = tensor.columns
  }

  @inlinable @inline(__always)
  public func from(row: Int = 0, column: Int = 0) -> Rows {
    Rows(pointer + row * stride + column, stride: stride)
  }

  /// Every `step`-th row.
  @inlinable @inline(__always)
  public func every(_ step: Int) -> Rows { Rows(pointer, stride: stride * step) }

  @inlinable @inline(__always)
  public func row(_ index: Int) -> UnsafeMutablePointer<Element> { pointer + index * stride }

  /// Copies `rows` rows of `columns` values from another view.
  @inlinable @inline(__always)
  public func copy(_ source: Rows, rows: Int, columns: Int) {
    for r in 0..<rows { row(r).update(from: source.row(r), count: columns) }
  }
}

/// One single-threaded product on row views: C (m, n) ← alpha · op(A) · op(B) + beta · C.
@inline(__always)
public func product(
  _ m: Int, _ n: Int, _ k: Int, alpha: Float = 1, _ a: RowView, _ aOrientation: Orientation = .asIs,
  _ b: RowView, _ bOrientation: Orientation = .asIs, beta: Float = 0, into c: RowView
) {
  product(
    m, n, k, alpha: alpha, a.pointer, stride: a.stride, aOrientation, b.pointer, stride: b.stride,
    bOrientation,
    beta: beta, into: c.pointer, stride: c.stride)
}
