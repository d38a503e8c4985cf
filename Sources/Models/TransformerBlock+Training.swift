import CKernels
import Kernels
import Layers

/// The two dropout masks of a block.
package struct BlockDropouts: Sendable {
  package let residual: Dropout
  package let feedForward: Dropout
}

/// Where a block's output goes: the residual stream of some rows and its norm for whoever reads it next.
struct NormedRows<A: Activation>: Sendable {
  let norm: RowNorm
  let residual: Tensor  // (Q, C)
  let normed: TensorOf<A>  // (Q, C)
  let reciprocalRoot: Tensor  // (Q)
}

extension TransformerBlock {
  /// Carries one group of sequences through the block, saving what `backward` needs.
  ///
  /// - Parameters:
  ///   - saved: this block's activations; its `input`, `attentionNormed` and `attentionReciprocalRoot` rows are filled.
  ///   - queries: the rows that go on after attention.
  ///   - next: where they go.
  ///   - tableRows: rotary row of every row of the pass.
  func forward<A: Activation>(
    _ group: SequenceGroup, weights: BlockWeights<A>, saved: BlockActivations<A>,
    queries: CausalAttention.Queries, into next: NormedRows<A>, rotary: RotaryTable?,
    tableRows: UnsafePointer<Int32>, dropouts: BlockDropouts?, scratch: PassScratch<A>
  ) {
    let (all, width) = (group.rows, attentionNorm.width)
    let (asked, firstBatchRow) = group.rows(queries)
    let (first, count) = (asked.lowerBound, asked.count)
    let projected = Rows(saved.qkv, row: all.lowerBound)
    weights.qkv.forward(Rows(saved.attentionNormed, row: all.lowerBound), rows: all.count, storing: projected)
    // Queries and keys lie side by side, so that one call rotates both.
    rotary?.rotate(projected, rows: all.count, heads: 2 * attention.heads, by: tableRows + all.lowerBound)
    for sequence in group.sequences {
      let query = sequence * queries.count(of: group.length)
      attention.forward(
        Rows(saved.qkv, row: sequence * group.length), length: group.length, queries: queries,
        into: Rows(saved.attended, row: query), logSumExp: RowView(saved.logSumExp, row: query),
        scratch: scratch.attention)
    }
    let branch = RowView(scratch.branch)
    let middle = saved.middle.row(first)
    let position = (firstBatchRow + first) * width
    weights.output.forward(Rows(saved.attended, row: first), rows: count, adding: false, into: branch)
    if queries != .all {
      for (index, sequence) in group.sequences.enumerated() {
        let each = queries.count(of: group.length)
        RowView(middle + index * each * width, stride: width).copy(
          RowView(saved.input, row: sequence * group.length + queries.first).every(queries.step), rows: each,
          columns: width)
      }
    }
    feedForwardNorm.forward(
      queries == .all ? saved.input.row(first) : middle, adding: branch.pointer,
      branchBias: weights.projection.bias,
      mask: dropouts?.residual.mask(first: position) ?? Dropout.noMask, rows: count, residual: middle,
      into: saved.feedForwardNormed.row(first),
      reciprocalRoot: saved.feedForwardReciprocalRoot.pointer + first)

    let masks = feedForwardMasks(dropouts, firstRow: firstBatchRow + first)
    feedForward.forward(
      Rows(saved.feedForwardNormed, row: first), rows: count, weights: weights.feedForward,
      gates: saved.gates.row(first), activated: scratch.activated.pointer, mask: masks.activated, into: branch
    )
    next.norm.forward(
      middle, adding: branch.pointer, branchBias: weights.feedForward.projection.bias, mask: masks.branch,
      rows: count, residual: next.residual.row(first), into: next.normed.row(first),
      reciprocalRoot: next.reciprocalRoot.pointer + first)
  }

  /// Dropout of the feed-forward layer from a row of the whole batch on, where this kind of layer has it.
  private func feedForwardMasks(_ dropouts: BlockDropouts?, firstRow: Int) -> (
    activated: ck_mask, branch: ck_mask
  ) {
    guard let dropout = dropouts?.feedForward else { return (Dropout.noMask, Dropout.noMask) }
    return feedForward.dropsActivated
      ? (dropout.mask(first: firstRow * feedForward.hidden), Dropout.noMask)
      : (Dropout.noMask, dropout.mask(first: firstRow * attentionNorm.width))
  }

  /// Turns ∂L/∂y into ∂L/∂x and leaves in `gradients` what the weight gradients are made of.
  ///
  /// ∂L/∂y is `gradients.upstream` of the rows that went on; ∂L/∂x becomes
  /// `gradients.residual`. The norms' gradients of this group go to `normGradient`, as `normParameters` follow each
  /// other.
  func backward<A: Activation>(
    _ group: SequenceGroup, weights: BlockWeights<A>, saved: BlockActivations<A>,
    queries: CausalAttention.Queries, gradients: BlockGradients<A>, rotary: RotaryTable?,
    tableRows: UnsafePointer<Int32>, dropouts: BlockDropouts?, normGradient: UnsafeMutablePointer<Float>,
    scratch: PassScratch<A>
  ) {
    let (all, width) = (group.rows, attentionNorm.width)
    let (asked, firstBatchRow) = group.rows(queries)
    let (first, count) = (asked.lowerBound, asked.count)
    let position = (firstBatchRow + first) * width
    let upstream = gradients.upstream(queries).row(first)
    let branch = RowView(scratch.branch)

    let dfeedForward = gradients.feedForward.row(first)
    let masks = feedForwardMasks(dropouts, firstRow: firstBatchRow + first)
    A.kernels.masked(upstream, masks.branch, dfeedForward, count * width)
    feedForward.backward(
      Rows(dfeedForward, stride: width), rows: count, weights: weights.feedForward,
      gates: saved.gates.row(first), activated: gradients.activated.row(first),
      dgates: gradients.gates.row(first), mask: masks.activated, into: branch)
    feedForwardNorm.backward(
      saved.middle.row(first), reciprocalRoot: saved.feedForwardReciprocalRoot.pointer + first,
      branch.pointer, rows: count, addingTo: upstream,
      gradient: normGradient + attentionNorm.parameters.count * width)

    let doutput = gradients.output.row(first)
    A.kernels.masked(
      upstream, dropouts?.residual.mask(first: position) ?? Dropout.noMask, doutput, count * width)
    let dattended = Rows(scratch.attended)
    weights.output.backward(Rows(doutput, stride: width), rows: count, storing: dattended)
    for (index, sequence) in group.sequences.enumerated() {
      let row = sequence * group.length
      let each = queries.count(of: group.length)
      attention.backward(
        dattended.from(row: index * each), qkv: Rows(saved.qkv, row: row),
        logSumExp: RowView(saved.logSumExp, row: sequence * each), length: group.length, queries: queries,
        into: Rows(gradients.qkv, row: row), scratch: scratch.attention)
    }
    let dqkv = Rows(gradients.qkv, row: all.lowerBound)
    rotary?.rotateBackward(dqkv, rows: all.count, heads: 2 * attention.heads, by: tableRows + all.lowerBound)
    weights.qkv.backward(dqkv, rows: all.count, into: branch)
    if queries != .all { spread(upstream, group, queries, over: gradients.residual) }
    attentionNorm.backward(
      saved.input.row(all.lowerBound), reciprocalRoot: saved.attentionReciprocalRoot.pointer + all.lowerBound,
      branch.pointer, rows: all.count, addingTo: gradients.residual.row(all.lowerBound),
      gradient: normGradient)
  }

  /// The residual stream's gradient from the rows that went on: behind the last block the others led nowhere.
  private func spread(
    _ asked: UnsafeMutablePointer<Float>, _ group: SequenceGroup, _ queries: CausalAttention.Queries,
    over residual: Tensor
  ) {
    let width = attentionNorm.width
    let each = queries.count(of: group.length)
    residual.row(group.rows.lowerBound).update(repeating: 0, count: group.rows.count * width)
    for (index, sequence) in group.sequences.enumerated() {
      RowView(residual, row: sequence * group.length + queries.first).every(queries.step).copy(
        RowView(asked + index * each * width, stride: width), rows: each, columns: width)
    }
  }

  /// The products that make this block's weight gradients from all rows of the pass.
  func weightGradients<A: Activation>(
    weights: BlockWeights<A>, saved: BlockActivations<A>, gradients: BlockGradients<A>, rows: Int, asked: Int
  ) -> [WeightGradient<A>] {
    var column = 0
    let factors = feedForward.factors.map { factor in
      defer { column += factor.outputs }
      return WeightGradient(
        factor, dy: Rows(gradients.gates, column: column), x: Rows(saved.feedForwardNormed), rows: asked)
    }
    return [
      WeightGradient(
        weights.feedForward.projection.linear, dy: Rows(gradients.feedForward), x: Rows(gradients.activated),
        rows: asked)
    ] + factors + [
      WeightGradient(
        weights.projection.linear, dy: Rows(gradients.output), x: Rows(saved.attended), rows: asked),
      WeightGradient(qkv, dy: Rows(gradients.qkv), x: Rows(saved.attentionNormed), rows: rows),
    ]
  }
}
