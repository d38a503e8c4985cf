import CKernels
import Kernels

/// Causal self-attention of one sequence on fused projections, all heads, on the calling thread.
///
/// Shapes: qkv (T, 3C) with queries, keys and values side by side, each head-major; out (T, C); normaliser (T, H),
/// the log of every softmax's denominator, from which the backward pass recomputes the probabilities. Scores are
/// q·k / √h. Rows are processed in blocks of 64 and a block only meets the columns it may see, so nothing of size
/// (T, T) is kept.
public struct CausalAttention: Sendable {
  public let heads: Int
  public let head: Int
  public var width: Int { heads * head }
  var scale: Float { 1 / Float(head).squareRoot() }
  static let blockRows = 64

  public init(heads: Int, head: Int) {
    self.heads = heads
    self.head = head
  }

  /// Floats of scratch memory that one thread needs for sequences of this length.
  public static func scratchCount(length: Int) -> Int { 2 * blockRows * length }

  public func forward(
    _ qkv: RowView, length: Int, into out: RowView, normaliser: RowView, scratch: UnsafeMutablePointer<Float>
  ) {
    for h in 0..<heads {
      let (q, k, v) = parts(qkv, head: h)
      for first in stride(from: 0, to: length, by: Self.blockRows) {
        let rows = min(Self.blockRows, length - first)
        let columns = first + rows
        let scores = RowView(scratch, stride: columns)
        product(rows, columns, head, q.from(row: first), .asIs, k, .transposed, into: scores)
        ck_causal_softmax(
          scratch, columns, rows, columns, first + 1, scale, normaliser.row(first) + h, normaliser.stride)
        product(rows, head, columns, scores, .asIs, v, .asIs, into: out.from(row: first, column: h * head))
      }
    }
  }

  /// With P the probabilities: dV = Pᵀ·dO, dP = dO·Vᵀ, dS = P∘(dP − rowsum(dP∘P))/√h, dQ = dS·K, dK = dSᵀ·Q.
  /// Overwrites `dqkv` (T, 3C).
  public func backward(
    _ dout: RowView, qkv: RowView, normaliser: RowView, length: Int, into dqkv: RowView,
    scratch: UnsafeMutablePointer<Float>
  ) {
    for h in 0..<heads {
      let (q, k, v) = parts(qkv, head: h)
      let (dq, dk, dv) = parts(dqkv, head: h)
      for r in 0..<length {
        dk.row(r).update(repeating: 0, count: head)
        dv.row(r).update(repeating: 0, count: head)
      }
      for first in stride(from: 0, to: length, by: Self.blockRows) {
        let rows = min(Self.blockRows, length - first)
        let columns = first + rows
        let probabilities = RowView(scratch, stride: columns)
        let dscores = RowView(scratch + Self.blockRows * length, stride: columns)
        let doutBlock = dout.from(row: first, column: h * head)
        product(rows, columns, head, q.from(row: first), .asIs, k, .transposed, into: probabilities)
        ck_causal_probabilities(
          probabilities.pointer, columns, rows, columns, first + 1, scale, normaliser.row(first) + h,
          normaliser.stride)
        product(columns, head, rows, probabilities, .transposed, doutBlock, .asIs, beta: 1, into: dv)
        product(rows, columns, head, doutBlock, .asIs, v, .transposed, into: dscores)
        ck_softmax_backward(probabilities.pointer, dscores.pointer, columns, rows, columns, scale)
        product(rows, head, columns, dscores, .asIs, k, .asIs, into: dq.from(row: first))
        product(columns, head, rows, dscores, .transposed, q.from(row: first), .asIs, beta: 1, into: dk)
      }
    }
  }

  @inline(__always)
  private func parts(_ qkv: RowView, head h: Int) -> (q: RowView, k: RowView, v: RowView) {
    (
      qkv.from(column: h * head), qkv.from(column: width + h * head), qkv.from(column: 2 * width + h * head)
    )
  }
}
