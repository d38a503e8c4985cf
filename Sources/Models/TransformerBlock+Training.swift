import Kernels
import Layers

/// The two dropout masks of a block.
struct BlockDropouts {
  let residual: Dropout
  let feedForward: Dropout
}

extension TransformerBlock {
  /// Carries one group of sequences through the block, saving what `backward` needs.
  ///
  /// - Parameters:
  ///   - saved: this block's activations; its `input` rows are filled.
  ///   - y: the next residual stream (R, C).
  ///   - tableRows: rotary row of every row of the pass.
  ///   - scratch: this thread's memory, `AnyOrderPass.scratchCount` floats.
  func forward(
    _ group: SequenceGroup, saved: BlockActivations, into y: Tensor, rotary: RotaryTable,
    tableRows: UnsafePointer<Int32>, length: Int, dropouts: BlockDropouts?,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let (first, rows, width) = (group.rows.lowerBound, group.rows.count, attentionNorm.width)
    attentionNorm.forward(
      saved.input.row(first), rows: rows, into: saved.attentionNormed.row(first),
      reciprocalRoot: saved.attentionRoot.pointer + first)
    let projected = RowView(saved.qkv, row: first)
    qkv.forward(RowView(saved.attentionNormed, row: first), rows: rows, into: projected)
    // Queries and keys lie side by side, so that one call rotates both.
    rotary.rotate(projected, rows: rows, heads: 2 * attention.heads, by: tableRows + first)
    for sequence in 0..<group.sequences.count {
      let row = first + sequence * length
      attention.forward(
        RowView(saved.qkv, row: row), length: length, into: RowView(saved.attended, row: row),
        normaliser: RowView(saved.normaliser, row: row), scratch: scratch)
    }
    let (count, position) = (rows * width, (group.firstBatchRow + first) * width)
    let middle = saved.middle.row(first)
    output.forward(RowView(saved.attended, row: first), rows: rows, into: RowView(middle, stride: width))
    dropouts?.residual.apply(middle, count: count, first: position)
    add(saved.input.row(first), to: middle, count: count)

    feedForwardNorm.forward(
      middle, rows: rows, into: saved.feedForwardNormed.row(first),
      reciprocalRoot: saved.feedForwardRoot.pointer + first)
    let result = y.row(first)
    feedForward.forward(
      RowView(saved.feedForwardNormed, row: first), rows: rows, gates: saved.gates.row(first),
      activated: scratch, into: RowView(result, stride: width))
    dropouts?.feedForward.apply(result, count: count, first: position)
    add(middle, to: result, count: count)
  }

  /// Turns ∂L/∂y, held in `gradients.residual`, into ∂L/∂x in place and leaves in `gradients` what the weight
  /// gradients are made of. Gains' gradients of this group go to `gainGradient` (2C): attention's, then the feed
  /// forward's.
  func backward(
    _ group: SequenceGroup, saved: BlockActivations, gradients: BlockGradients, rotary: RotaryTable,
    tableRows: UnsafePointer<Int32>, length: Int, dropouts: BlockDropouts?,
    gainGradient: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let (first, rows, width) = (group.rows.lowerBound, group.rows.count, attentionNorm.width)
    let (count, position) = (rows * width, (group.firstBatchRow + first) * width)
    let residual = gradients.residual.row(first)
    let normGradient = scratch
    let wide = scratch + count

    let dfeedForward = gradients.feedForward.row(first)
    dfeedForward.update(from: residual, count: count)
    dropouts?.feedForward.apply(dfeedForward, count: count, first: position)
    feedForward.backward(
      RowView(dfeedForward, stride: width), rows: rows, gates: saved.gates.row(first), dactivated: wide,
      activated: gradients.activated.row(first), dgates: gradients.gates.row(first),
      into: RowView(normGradient, stride: width))
    feedForwardNorm.backward(
      saved.middle.row(first), reciprocalRoot: saved.feedForwardRoot.pointer + first, normGradient,
      rows: rows,
      addingTo: residual, gainGradient: gainGradient + width)

    let doutput = gradients.output.row(first)
    doutput.update(from: residual, count: count)
    dropouts?.residual.apply(doutput, count: count, first: position)
    let dattended = normGradient
    output.backward(RowView(doutput, stride: width), rows: rows, into: RowView(dattended, stride: width))
    for sequence in 0..<group.sequences.count {
      let row = first + sequence * length
      attention.backward(
        RowView(dattended + sequence * length * width, stride: width), qkv: RowView(saved.qkv, row: row),
        normaliser: RowView(saved.normaliser, row: row), length: length,
        into: RowView(gradients.qkv, row: row),
        scratch: wide)
    }
    rotary.rotateBackward(
      RowView(gradients.qkv, row: first), rows: rows, heads: 2 * attention.heads, by: tableRows + first)
    qkv.backward(RowView(gradients.qkv, row: first), rows: rows, into: RowView(normGradient, stride: width))
    attentionNorm.backward(
      saved.input.row(first), reciprocalRoot: saved.attentionRoot.pointer + first, normGradient, rows: rows,
      addingTo: residual, gainGradient: gainGradient)
  }

  /// The products that make this block's weight gradients from all rows of the pass.
  func weightGradients(saved: BlockActivations, gradients: BlockGradients) -> [WeightGradient] {
    let hidden = feedForward.hidden
    return [
      WeightGradient(feedForward.down, dy: RowView(gradients.feedForward), x: RowView(gradients.activated)),
      WeightGradient(feedForward.gate, dy: RowView(gradients.gates), x: RowView(saved.feedForwardNormed)),
      WeightGradient(
        feedForward.up, dy: RowView(gradients.gates, column: hidden), x: RowView(saved.feedForwardNormed)),
      WeightGradient(output, dy: RowView(gradients.output), x: RowView(saved.attended)),
      WeightGradient(qkv, dy: RowView(gradients.qkv), x: RowView(saved.attentionNormed)),
    ]
  }
}

/// One pending product dyᵀ·x that is added to a weight's gradient.
struct WeightGradient {
  let linear: Linear
  let dy: RowView
  let x: RowView

  init(_ linear: Linear, dy: RowView, x: RowView) {
    self.linear = linear
    self.dy = dy
    self.x = x
  }

  /// Runs all products, shared among threads in blocks of output rows.
  static func run(_ products: [WeightGradient], rows: Int) {
    var tasks: [(product: Int, outputs: Range<Int>)] = []
    for (index, product) in products.enumerated() {
      // Blocks of about 2^24 multiply-adds, a function of shapes only.
      let size = max((1 << 24) / max(product.linear.inputs * rows, 1) / 16 * 16, 32)
      for start in stride(from: 0, to: product.linear.outputs, by: size) {
        tasks.append((index, start..<min(start + size, product.linear.outputs)))
      }
    }
    Parallel.forEach(tasks.count) { task in
      let product = products[tasks[task].product]
      product.linear.accumulateGradient(tasks[task].outputs, dy: product.dy, x: product.x, rows: rows)
    }
  }
}
