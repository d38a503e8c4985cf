import CKernels
import Kernels

/// Causal self-attention of one sequence on fused projections, all heads, on the calling thread.
///
/// Shapes: qkv (T, 3C) with queries, keys and values side by side, each head-major; logSumExp (Q, H), the log of
/// every softmax's denominator, from which the backward pass recomputes the probabilities. Scores are q·k / √h.
/// Queries are all rows, or only some at equal distances; out (Q, C). They are processed in blocks of 64 and a block
/// only meets the columns it may see, so nothing of size (T, T) is kept.
public struct CausalAttention: Sendable {
  public let heads: Int
  public let headWidth: Int
  public var width: Int { heads * headWidth }
  var scale: Float { 1 / Float(headWidth).squareRoot() }
  static let blockRows = 64

  public init(heads: Int, headWidth: Int) {
    self.heads = heads
    self.headWidth = headWidth
  }

  /// Which rows of a sequence ask: query i is row first + i · step.
  public struct Queries: Sendable, Equatable {
    public let first: Int
    public let step: Int

    public init(first: Int, step: Int) {
      precondition(first >= 0 && step > 0, "queries are rows of a sequence")
      self.first = first
      self.step = step
    }

    public static let all = Queries(first: 0, step: 1)

    public func count(of length: Int) -> Int { max(length - first + step - 1, 0) / step }
    func contains(_ row: Int) -> Bool { row >= first && (row - first) % step == 0 }
  }

  /// One thread's memory for sequences up to a length.
  public struct Scratch<A: Activation>: Sendable {
    let scores: Tensor
    let scoreGradients: Tensor
    let keyGradients: Tensor
    let valueGradients: Tensor
    let stored: TensorOf<A>

    public init(length: Int, headWidth: Int, training: Bool) {
      scores = Tensor(CausalAttention.blockRows * length)
      scoreGradients = Tensor(training ? CausalAttention.blockRows * length : 0)
      keyGradients = Tensor(training ? length * headWidth : 0)
      valueGradients = Tensor(training ? length * headWidth : 0)
      stored = TensorOf(CausalAttention.blockRows * length)
    }
  }

  public func forward<A: Activation>(
    _ qkv: Rows<A>, length: Int, queries: Queries = .all, into out: Rows<A>, logSumExp: RowView,
    scratch: Scratch<A>
  ) {
    for h in 0..<heads {
      let (q, k, v) = parts(qkv, head: h)
      for index in 0..<Self.blockCount(queries, length: length) {
        let block = Block(index, queries, length: length)
        let scores = RowView(scratch.scores.pointer, stride: block.columns)
        let probabilities = Rows(scratch.stored.pointer, stride: block.columns)
        A.product(
          block.count, block.columns, headWidth, rows(of: q, block, queries), .asIs, k, .transposed,
          adding: false,
          into: scores)
        A.kernels.causal_softmax(
          scores.pointer, probabilities.pointer, block.count, block.columns, block.visible, queries.step,
          scale,
          logSumExp.row(block.first) + h, logSumExp.stride)
        A.product(
          block.count, headWidth, block.columns, probabilities, .asIs, v, .asIs,
          storing: out.from(row: block.first, column: h * headWidth))
      }
    }
  }

  /// With P the probabilities: dV = Pᵀ·dO, dP = dO·Vᵀ, dS = P∘(dP − rowsum(dP∘P))/√h, dQ = dS·K, dK = dSᵀ·Q.
  /// Overwrites `dqkv` (T, 3C); rows that did not ask get no gradient as queries.
  public func backward<A: Activation>(
    _ dout: Rows<A>, qkv: Rows<A>, logSumExp: RowView, length: Int, queries: Queries = .all,
    into dqkv: Rows<A>, scratch: Scratch<A>
  ) {
    let dk = RowView(scratch.keyGradients.pointer, stride: headWidth)
    let dv = RowView(scratch.valueGradients.pointer, stride: headWidth)
    if queries != .all {
      for row in 0..<length where !queries.contains(row) {
        UnsafeMutableRawPointer(dqkv.row(row)).initializeMemory(
          as: UInt8.self, repeating: 0, count: width * MemoryLayout<A>.stride)
      }
    }
    for h in 0..<heads {
      let (q, k, v) = parts(qkv, head: h)
      let (dq, dkStored, dvStored) = parts(dqkv, head: h)
      var adding = false
      for index in (0..<Self.blockCount(queries, length: length)).reversed() {
        let block = Block(index, queries, length: length)
        let scores = RowView(scratch.scores.pointer, stride: block.columns)
        let gradients = RowView(scratch.scoreGradients.pointer, stride: block.columns)
        let stored = Rows(scratch.stored.pointer, stride: block.columns)
        let doutBlock = dout.from(row: block.first, column: h * headWidth)
        let asked = rows(of: q, block, queries)
        A.product(
          block.count, block.columns, headWidth, asked, .asIs, k, .transposed, adding: false, into: scores)
        A.kernels.causal_probabilities(
          scores.pointer, stored.pointer, block.count, block.columns, block.visible, queries.step, scale,
          logSumExp.row(block.first) + h, logSumExp.stride)
        // The last block sees every column, so its products set the sums that the others add to.
        A.product(
          block.columns, headWidth, block.count, stored, .transposed, doutBlock, .asIs, adding: adding,
          into: dv)
        A.product(
          block.count, block.columns, headWidth, doutBlock, .asIs, v, .transposed, adding: false,
          into: gradients)
        A.kernels.softmax_backward(
          scores.pointer, gradients.pointer, stored.pointer, block.count, block.columns, scale)
        A.product(
          block.count, headWidth, block.columns, stored, .asIs, k, .asIs,
          storing: rows(of: dq, block, queries))
        A.product(
          block.columns, headWidth, block.count, stored, .transposed, asked, .asIs, adding: adding, into: dk)
        adding = true
      }
      A.kernels.narrow(dk.pointer, headWidth, dkStored.pointer, dqkv.stride, length, headWidth)
      A.kernels.narrow(dv.pointer, headWidth, dvStored.pointer, dqkv.stride, length, headWidth)
    }
  }

  /// Some queries and what they may see: `visible` columns the first one, a step more each next, `columns` the last.
  private struct Block {
    let first: Int
    let count: Int
    let visible: Int
    let columns: Int

    @inline(__always)
    init(_ index: Int, _ queries: Queries, length: Int) {
      first = index * blockRows
      count = min(blockRows, queries.count(of: length) - first)
      visible = queries.first + first * queries.step + 1
      columns = visible + (count - 1) * queries.step
    }
  }

  private static func blockCount(_ queries: Queries, length: Int) -> Int {
    (queries.count(of: length) + blockRows - 1) / blockRows
  }

  @inline(__always)
  private func rows<A>(of view: Rows<A>, _ block: Block, _ queries: Queries) -> Rows<A> {
    view.from(row: queries.first + block.first * queries.step).every(queries.step)
  }

  @inline(__always)
  private func parts<A>(_ qkv: Rows<A>, head h: Int) -> (q: Rows<A>, k: Rows<A>, v: Rows<A>) {
    (
      qkv.from(column: h * headWidth), qkv.from(column: width + h * headWidth),
      qkv.from(column: 2 * width + h * headWidth)
    )
  }
}
