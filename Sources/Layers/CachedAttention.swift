import CKernels
import Kernels

/// Attention of new rows on cached keys and values, all heads, on the calling thread; inference only.
///
/// Shapes: projected rows (rows, 3C) rotated; keys and values (history, C) views; out (rows, C).
public struct CachedAttention: Sendable {
  public let heads: Int
  public let head: Int
  var width: Int { heads * head }
  var scale: Float { 1 / Float(head).squareRoot() }

  public init(heads: Int, head: Int) {
    self.heads = heads
    self.head = head
  }

  /// Rows whose keys and values are already in the cache behind `history` others; row r sees history + r + 1 rows.
  public func causal(
    _ projected: RowView, rows: Int, history: Int, keys: RowView, values: RowView, into out: RowView,
    scratch: UnsafeMutablePointer<Float>
  ) {
    guard rows > 0 else { return }
    let columns = history + rows
    let scores = RowView(scratch, stride: columns)
    let normaliser = scratch + rows * columns
    for h in 0..<heads {
      let column = h * head
      product(
        rows, columns, head, projected.from(column: column), .asIs, keys.from(column: column), .transposed,
        into: scores)
      ck_causal_softmax(scratch, columns, rows, columns, history + 1, scale, normaliser, 1)
      product(
        rows, head, columns, scores, .asIs, values.from(column: column), .asIs, into: out.from(column: column)
      )
    }
  }

  /// Independent queries: each sees the `history` cached rows and itself, as one extra column of the softmax
  /// instead of a mask (paper B.2, equation (2); spec/class-conditional §4.1).
  public func independent(
    _ projected: RowView, rows: Int, history: Int, keys: RowView, values: RowView, into out: RowView,
    scratch: UnsafeMutablePointer<Float>
  ) {
    guard rows > 0 else { return }
    let scores = RowView(scratch, stride: history)
    let own = scratch + rows * history
    for h in 0..<heads {
      let column = h * head
      let query = projected.from(column: column)
      let key = projected.from(column: width + column)
      let value = projected.from(column: 2 * width + column)
      product(rows, history, head, query, .asIs, keys.from(column: column), .transposed, into: scores)
      ck_row_products(query.pointer, key.pointer, projected.stride, own, rows, head)
      ck_softmax_with_own(scratch, history, own, rows, history, scale)
      let target = out.from(column: column)
      product(rows, head, history, scores, .asIs, values.from(column: column), .asIs, into: target)
      ck_add_own_values(target.pointer, target.stride, own, value.pointer, value.stride, rows, head)
    }
  }
}
