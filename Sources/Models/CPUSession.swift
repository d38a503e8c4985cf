import Kernels
import Layers

/// The session for one way of storing activations; see `DecodingSession`.
///
/// Rows of a group of sequences run through the whole model on one thread; the products of a step with a single group
/// may share the others. A row's arithmetic does not depend on the rows beside it.
final class CPUSession<A: Activation>: DecodingEngine {
  private let model: AnyOrderTransformer
  private let configuration: AnyOrderConfiguration
  private let weights: TransformerWeights<A>
  private let attention: CachedAttention
  private let cache: KeyValueCache<A>
  private let embedding: SequenceEmbedding
  /// What the first block's projection makes of the layout's fixed rows, rotated, (fixed rows, 3I).
  private let fixedProjections: TensorOf<A>
  private var plan: StepPlan
  /// Projected rows of the last step in every block, (rows, 3I): the keys and values that `commit` may keep.
  private var projected: [TensorOf<A>]
  /// Normed output rows of the last step, (rows, C).
  private var outputs = TensorOf<A>(0)
  private var gathered = TensorOf<A>(0)
  private var workspaces: [Workspace<A>] = []
  private var confidence = Tensor(0)
  private var winners = TensorOf<Int32>(0)

  /// Rows whose logits one thread computes at a time.
  private static var headRows: Int { 72 }

  init(model: AnyOrderTransformer, sequences: Int) {
    self.model = model
    let configuration = model.configuration
    self.configuration = configuration
    weights = TransformerWeights(model, backward: false, texts: false)
    attention = CachedAttention(heads: configuration.heads, headWidth: configuration.headWidth)
    cache = KeyValueCache(
      configuration: configuration, length: model.layout.shape.length, sequences: sequences)
    projected = model.blocks.map { _ in TensorOf(0, 3 * configuration.inner) }
    plan = StepPlan(causal: 0, queries: 0, selection: 0..<0, threads: 1)
    embedding = SequenceEmbedding(model)
    fixedProjections = TensorOf(model.layout.fixedRows, 3 * configuration.inner)
    projectFixedRows()
  }

  private func projectFixedRows() {
    let (count, width) = (fixedProjections.rows, configuration.width)
    guard count > 0 else { return }
    let rows = SequenceRows(count, layout: model.layout)
    let (residual, normed, roots) = (Tensor(count, width), TensorOf<A>(count, width), Tensor(count))
    for number in 0..<count { model.layout.writeFixed(number, into: rows, at: number) }
    withExtendedLifetime((rows, residual, normed, roots)) {
      embedding.gather(rows, 0..<count, into: residual.pointer)
      model.blocks[0].attentionNorm.forward(
        residual.pointer, rows: count, into: normed.pointer, reciprocalRoot: roots.pointer)
      weights.blocks[0].qkv.forward(Rows(normed), rows: count, storing: Rows(fixedProjections))
      model.rotary?.rotate(
        Rows(fixedProjections), rows: count, heads: 2 * configuration.heads, by: rows.rotary.pointer)
    }
  }

  static func bytesPerSequence(_ configuration: AnyOrderConfiguration) -> Int {
    let attention = CachedAttention(heads: configuration.heads, headWidth: configuration.headWidth)
    let cached = attention.cacheElements(slots: KeyValueCache<A>.slots(configuration.sequence.length))
    let projected = (configuration.locations + 1) * 3 * configuration.inner
    return configuration.layers * (cached + projected) * MemoryLayout<A>.stride
  }

  func length(of sequence: Int) -> Int { cache.lengths[sequence] }

  func setLength(_ length: Int, of sequence: Int) { cache.setLength(length, of: sequence) }

  func advance(_ plan: StepPlan, _ rows: SequenceRows) {
    self.plan = plan
    reserve()
    Parallel.forEachWorker(plan.groups, workers: workspaces.count) { [self] group, worker in
      run(group, rows, workspace: workspaces[worker])
    }
    for sequence in plan.selection { cache.setLength(cache.lengths[sequence] + plan.causal, of: sequence) }
  }

  func scores(_ certainty: Certainty) -> [[Float]] {
    let rows = plan.outputRows
    if confidence.count < rows {
      confidence = Tensor(rows)
      winners = TensorOf(rows)
    }
    let blocks = (rows + Self.headRows - 1) / Self.headRows
    Parallel.forEachWorker(blocks, workers: workspaces.count) { [self] block, worker in
      let first = block * Self.headRows
      let count = min(Self.headRows, rows - first)
      let logits = workspaces[worker].logits
      predict(Rows(outputs, row: first), rows: count, into: RowView(logits))
      certainty.score(
        logits.pointer, into: confidence.pointer + first, best: winners.pointer + first, rows: count,
        columns: configuration.outputs)
    }
    return plan.selection.map { sequence in
      let first = plan.outputRow(sequence, offset: plan.causal)
      return Array(UnsafeBufferPointer(start: confidence.pointer + first, count: plan.queries))
    }
  }

  func logits(_ rows: [(sequence: Int, offset: Int)], into result: inout Tensor) {
    if result.columns != configuration.outputs || result.rows < rows.count {
      result = Tensor(rows.count, configuration.outputs)
    }
    if gathered.count < rows.count * configuration.width {
      gathered = TensorOf(rows.count, configuration.width)
    }
    for (index, row) in rows.enumerated() {
      (gathered.pointer + index * configuration.width).update(
        from: outputs.row(plan.outputRow(row.sequence, offset: row.offset)), count: configuration.width)
    }
    let target = result
    Parallel.ranges(rows.count, size: 24) { [self] range in
      predict(
        Rows(gathered, row: range.lowerBound), rows: range.count, into: RowView(target, row: range.lowerBound)
      )
    }
  }

  /// The logits of normed rows.
  private func predict(_ rows: Rows<A>, rows count: Int, into logits: RowView) {
    if let bias = model.head.bias {
      for row in 0..<count { logits.row(row).update(from: bias.value.pointer, count: configuration.outputs) }
    }
    weights.head.forward(rows, rows: count, adding: model.head.bias != nil, into: logits)
  }

  func commit(_ sequence: Int, query: Int) {
    let row = plan.queryRow(sequence) + query
    for block in model.blocks {
      cache.store(
        projected[block.index].row(row) + configuration.inner, at: cache.lengths[sequence],
        block: block.index, sequence: sequence)
    }
    cache.setLength(cache.lengths[sequence] + 1, of: sequence)
  }

  // MARK: one step

  /// Makes room for the step; buffers only grow.
  private func reserve() {
    let rows = plan.groups * plan.groupRows
    if projected[0].rows < rows {
      projected = []
      projected = model.blocks.map { _ in TensorOf(rows, 3 * configuration.inner) }
    }
    if outputs.rows < plan.outputRows || outputs.columns != configuration.width {
      outputs = TensorOf(plan.outputRows, configuration.width)
    }
    if workspaces.count != Parallel.threads || workspaces[0].rows < plan.groupRows {
      workspaces = (0..<Parallel.threads).map { _ in
        Workspace(
          rows: plan.groupRows, headRows: Self.headRows, configuration: configuration,
          attentionScratch: attention.scratchCount(slots: cache.slots))
      }
    }
  }

  private func run(_ group: Int, _ sequenceRows: SequenceRows, workspace: Workspace<A>) {
    let sequences = plan.sequences(ofGroup: group)
    let first = group * plan.groupRows
    let causal = sequences.count * plan.causal
    let rows = causal + sequences.count * plan.queries
    embedding.gather(sequenceRows, first..<first + rows, into: workspace.residual.pointer)
    let tableRows = sequenceRows.rotary.pointer + first
    let fixed = sequenceRows.fixed.pointer + first
    // The first block's projections of queries are known where they are the same in every sequence.
    let projectedFirst = fixedProjections.rows > 0 ? causal : rows
    model.blocks[0].attentionNorm.forward(
      workspace.residual.pointer, rows: projectedFirst, into: workspace.normed.pointer,
      reciprocalRoot: workspace.reciprocalRoot.pointer)
    for block in model.blocks {
      let target = projected[block.index]
      let fed = block.index == 0 ? projectedFirst : rows
      weights.blocks[block.index].qkv.forward(
        Rows(workspace.normed), rows: fed, storing: Rows(target, row: first))
      model.rotary?.rotate(
        Rows(target, row: first), rows: fed, heads: 2 * configuration.heads, by: tableRows)
      for row in fed..<rows {
        target.row(first + row).update(
          from: fixedProjections.row(Int(fixed[row])), count: 3 * configuration.inner)
      }
      let isLast = block.index + 1 == configuration.layers
      for sequence in sequences {
        attend(
          sequence, block: block.index, groupRow: first, asksCausal: !isLast || plan.queries == 0,
          workspace: workspace)
      }
      // Behind the last block's attention only what the step gives goes on.
      let start = isLast && plan.queries > 0 ? causal : 0
      finish(block, start..<rows, workspace: workspace)
      if isLast {
        model.norm.forward(
          workspace.residual.row(start), rows: rows - start,
          into: outputs.row(plan.outputRow(sequences.lowerBound, offset: plan.queries > 0 ? plan.causal : 0)),
          reciprocalRoot: workspace.reciprocalRoot.pointer)
      } else {
        model.blocks[block.index + 1].attentionNorm.forward(
          workspace.residual.pointer, rows: rows, into: workspace.normed.pointer,
          reciprocalRoot: workspace.reciprocalRoot.pointer)
      }
    }
  }

  /// Everything after attention: x ← x + Wₒ·attended, then x ← x + feedForward(norm(x)).
  private func finish(_ block: TransformerBlock, _ range: Range<Int>, workspace: Workspace<A>) {
    let weights = weights.blocks[block.index]
    let x = RowView(workspace.residual, row: range.lowerBound)
    weights.output.forward(
      Rows(workspace.attended, row: range.lowerBound), rows: range.count, adding: true, into: x)
    add(weights.projection.bias, to: x, rows: range.count)
    block.feedForwardNorm.forward(
      x.pointer, rows: range.count, into: workspace.normed.pointer,
      reciprocalRoot: workspace.reciprocalRoot.pointer)
    block.feedForward.forward(
      Rows(workspace.normed), rows: range.count, weights: weights.feedForward, gates: workspace.gates.pointer,
      activated: workspace.activated.pointer, adding: true, into: x)
    add(weights.feedForward.projection.bias, to: x, rows: range.count)
  }

  /// Adds a branch's bias to every row, where it has one.
  private func add(_ bias: UnsafePointer<Float>?, to x: RowView, rows: Int) {
    guard let bias else { return }
    for row in 0..<rows { Kernels.add(bias, to: x.row(row), count: configuration.width) }
  }

  private func attend(
    _ sequence: Int, block: Int, groupRow: Int, asksCausal: Bool, workspace: Workspace<A>
  ) {
    let length = cache.lengths[sequence]
    let rows = cache.rows(block: block, sequence: sequence)
    let scratch = workspace.attention.pointer
    let causal = plan.causalRow(sequence)
    for row in 0..<plan.causal {
      cache.store(
        projected[block].row(causal + row) + configuration.inner, at: length + row, block: block,
        sequence: sequence)
    }
    if asksCausal {
      attention.causal(
        projected[block].row(causal), rows: plan.causal, cache: rows, slots: cache.slots, history: length,
        into: workspace.attended.row(causal - groupRow), scratch: scratch)
    }
    let query = plan.queryRow(sequence)
    attention.independent(
      projected[block].row(query), rows: plan.queries, cache: rows, slots: cache.slots,
      history: length + plan.causal, into: workspace.attended.row(query - groupRow), scratch: scratch)
  }
}

/// One thread's memory for a group of rows.
private final class Workspace<A: Activation>: Sendable {
  let rows: Int
  let residual: Tensor  // (rows, C)
  let normed: TensorOf<A>  // (rows, C)
  let attended: TensorOf<A>  // (rows, I)
  let gates: TensorOf<A>  // (rows, 2F)
  let activated: TensorOf<A>  // (rows, F)
  let reciprocalRoot: Tensor  // (rows)
  let attention: Tensor
  let logits: Tensor  // (rows of one step through the head, V)

  init(rows: Int, headRows: Int, configuration: AnyOrderConfiguration, attentionScratch: Int) {
    self.rows = rows
    residual = Tensor(rows, configuration.width)
    normed = TensorOf(rows, configuration.width)
    attended = TensorOf(rows, configuration.inner)
    gates = TensorOf(rows, 2 * configuration.hidden)
    activated = TensorOf(rows, configuration.hidden)
    reciprocalRoot = Tensor(rows)
    attention = Tensor(attentionScratch)
    logits = Tensor(headRows, configuration.outputs)
  }
}
