import Kernels
import Layers

/// One row that a decoding step feeds to the model.
public enum DecodingRow: Sendable, Equatable {
  /// The class token; the first row of every sequence.
  case label(Int)
  /// The content token of a code at a location.
  case content(code: Int, location: Int)
  /// The position token of a location.
  case position(Int)
}

/// Cached decoding of several sequences (paper §4.5, "Parallel Querying"; spec/class-conditional §4.1).
///
/// A step feeds every chosen sequence some causal rows, which enter the cache, and then any number of independent
/// queries: position tokens that each see the cache and themselves, but not each other. Afterwards the caller reads
/// confidences or logits at the queries and may `commit` one query's keys and values, so that the next step finds
/// exactly the context that training showed.
///
/// Rows of a group of sequences run through the whole model on one thread. Groups are padded to multiples of 24
/// rows and their size depends on the number of rows alone, so that a sequence's results do not depend on which
/// others are decoded beside it.
public final class DecodingSession {
  public let model: AnyOrderTransformer
  public let sequences: Int
  private let configuration: AnyOrderConfiguration
  private let cache: KeyValueCache
  private let positionTable: Tensor
  private var plan = StepPlan(causal: 0, queries: 0, selection: 0..<0)
  private var residual: Tensor
  private var hidden: Tensor
  private var projected: [Tensor]
  private var attended: Tensor
  private var tableRows: [Int32] = []
  private var scratch: [Tensor] = []
  private var confidence: Tensor
  private var winners: [Int32] = []

  /// - Parameter sequences: how many sequences the cache holds, each up to 2N + 1 rows.
  public init(model: AnyOrderTransformer, sequences: Int, precision: Precision = .float32) {
    self.model = model
    self.sequences = sequences
    configuration = model.configuration
    cache = KeyValueCache(
      configuration: configuration, sequences: sequences, slots: 2 * configuration.locations + 1)
    positionTable = model.positionTokens()
    residual = Tensor(0, configuration.width)
    hidden = Tensor(0, configuration.width)
    attended = Tensor(0, configuration.width)
    projected = []
    confidence = Tensor(0)
  }

  /// Rows in the cache of a sequence.
  public func length(of sequence: Int) -> Int { cache.lengths[sequence] }

  /// Forgets everything, for the next images.
  public func reset() {
    for sequence in 0..<sequences { cache.setLength(0, of: sequence) }
  }

  /// Forgets the rows of a sequence from `length` on.
  public func truncate(_ sequence: Int, to length: Int) {
    precondition(length <= cache.lengths[sequence], "cannot lengthen a cache")
    cache.setLength(length, of: sequence)
  }

  /// Feeds one step.
  ///
  /// - Parameters:
  ///   - selection: the sequences that take part.
  ///   - causal: (selection, rows) rows that see the cache and the rows before them, and stay in the cache.
  ///   - queries: (selection, queries) locations asked independently of each other.
  public func advance(_ selection: Range<Int>, causal: [[DecodingRow]], queries: [[Int]]) {
    precondition(causal.count == selection.count && queries.count == selection.count)
    plan = StepPlan(
      causal: causal.first?.count ?? 0, queries: queries.first?.count ?? 0, selection: selection)
    reserve()
    for (index, sequence) in selection.enumerated() {
      precondition(causal[index].count == plan.causal && queries[index].count == plan.queries)
      let first = plan.row(sequence, 0)
      for (offset, row) in causal[index].enumerated() { embed(row, at: first + offset) }
      for (offset, location) in queries[index].enumerated() {
        embed(.position(location), at: first + plan.causal + offset)
      }
    }
    tableRows.withUnsafeBufferPointer { table in
      guard let table = table.baseAddress else { return }
      Parallel.forEachWorker(plan.groups, workers: scratch.count) { [self] group, worker in
        run(group, tableRows: table, scratch: scratch[worker].pointer)
      }
    }
    for sequence in selection { cache.setLength(cache.lengths[sequence] + plan.causal, of: sequence) }
  }

  /// log max_v p(v) at every query of the last step, (selection, queries): the score of equation (1).
  public func logConfidences() -> [[Float]] {
    let rows = plan.groups * plan.groupRows
    if confidence.count < rows { confidence = Tensor(rows) }
    if winners.count < rows { winners = [Int32](repeating: 0, count: rows) }
    winners.withUnsafeMutableBufferPointer { buffer in
      guard let best = buffer.baseAddress else { return }
      let target = WinnerRows(pointer: best)
      // Row blocks of a multiple of 24 keep every row's arithmetic the same whatever the batch.
      Parallel.ranges(rows, size: 72) { [self] range in
        let logits = Tensor(range.count, configuration.codes)
        model.head.forward(RowView(hidden, row: range.lowerBound), rows: range.count, into: RowView(logits))
        CrossEntropy.logConfidence(
          logits.pointer, into: confidence.pointer + range.lowerBound,
          best: target.pointer + range.lowerBound, rows: range.count, columns: configuration.codes)
      }
    }
    return plan.selection.map { sequence in
      let first = plan.row(sequence, plan.causal)
      return Array(UnsafeBufferPointer(start: confidence.pointer + first, count: plan.queries))
    }
  }

  /// Logits at rows of the last step. A row is an offset among the sequence's causal rows and then its queries.
  ///
  /// Returns (rows, V).
  public func logits(_ rows: [(sequence: Int, offset: Int)]) -> Tensor {
    let padded = (rows.count + 23) / 24 * 24
    let gathered = Tensor(padded, configuration.width)
    for (index, row) in rows.enumerated() {
      gathered.row(index).update(
        from: hidden.row(plan.row(row.sequence, row.offset)), count: configuration.width)
    }
    let result = Tensor(padded, configuration.codes)
    Parallel.ranges(padded, size: 24) { [self] range in
      model.head.forward(
        RowView(gathered, row: range.lowerBound), rows: range.count,
        into: RowView(result, row: range.lowerBound))
    }
    return result
  }

  /// Number of causal rows of the last step: the offset of its first query.
  public var causalRows: Int { plan.causal }

  /// Keeps a query of the last step: its keys and values, computed with just the cache and itself in view, become
  /// the sequence's next cached row. The other queries leave no trace.
  public func commit(_ sequence: Int, query: Int) {
    let row = plan.row(sequence, plan.causal + query)
    for block in model.blocks {
      cache.write(
        RowView(projected[block.index], row: row), rows: 1, at: cache.lengths[sequence], block: block.index,
        sequence: sequence)
    }
    cache.setLength(cache.lengths[sequence] + 1, of: sequence)
  }

  // MARK: one step

  private func reserve() {
    let rows = plan.groups * plan.groupRows
    if residual.rows < rows || projected.isEmpty {
      let width = configuration.width
      residual = Tensor(rows, width)
      hidden = Tensor(rows, width)
      attended = Tensor(rows, width)
      projected = model.blocks.map { _ in Tensor(rows, 3 * width) }
    }
    if tableRows.count < rows { tableRows = [Int32](repeating: 0, count: rows) }
    let need = scratchCount()
    if scratch.count != Parallel.threads || scratch[0].count < need {
      scratch = (0..<Parallel.threads).map { _ in Tensor(need) }
    }
  }

  private func scratchCount() -> Int {
    let attention = max(plan.causal, plan.queries) * (cache.slots + 1) + max(plan.causal, plan.queries)
    return max(attention, plan.groupRows * TransformerBlock.tailScratch(configuration))
  }

  private func embed(_ row: DecodingRow, at index: Int) {
    let source: UnsafeMutablePointer<Float>
    switch row {
    case .label(let label):
      source = model.classEmbedding.value.row(label)
      tableRows[index] = 0
    case .content(let code, let location):
      source = model.tokenEmbedding.value.row(code)
      tableRows[index] = Int32(1 + location)
    case .position(let location):
      source = positionTable.row(location)
      tableRows[index] = Int32(1 + location)
    }
    residual.row(index).update(from: source, count: configuration.width)
  }

  private func run(_ group: Int, tableRows: UnsafePointer<Int32>, scratch: UnsafeMutablePointer<Float>) {
    let (first, rows) = (group * plan.groupRows, plan.groupRows)
    let x = residual.row(first)
    for block in model.blocks {
      let normed = hidden.row(first)
      block.attentionNorm.forward(x, rows: rows, into: normed, reciprocalRoot: scratch)
      let projection = RowView(projected[block.index], row: first)
      block.qkv.forward(RowView(normed, stride: configuration.width), rows: rows, into: projection)
      model.rotary.rotate(projection, rows: rows, heads: 2 * configuration.heads, by: tableRows + first)
      for sequence in plan.sequences(ofGroup: group) {
        attend(sequence, block: block.index, scratch: scratch)
      }
      block.finish(x, attended: RowView(attended, row: first), rows: rows, scratch: scratch)
    }
    model.norm.forward(x, rows: rows, into: hidden.row(first), reciprocalRoot: scratch)
  }

  private func attend(_ sequence: Int, block: Int, scratch: UnsafeMutablePointer<Float>) {
    let length = cache.lengths[sequence]
    let attention = CachedAttention(heads: configuration.heads, head: configuration.head)
    let row = plan.row(sequence, 0)
    let projection = RowView(projected[block], row: row)
    cache.write(projection, rows: plan.causal, at: length, block: block, sequence: sequence)
    let keys = cache.keys(block: block, sequence: sequence)
    let values = cache.values(block: block, sequence: sequence)
    attention.causal(
      projection, rows: plan.causal, history: length, keys: keys, values: values,
      into: RowView(attended, row: row), scratch: scratch)
    attention.independent(
      projection.from(row: plan.causal), rows: plan.queries, history: length + plan.causal, keys: keys,
      values: values, into: RowView(attended, row: row + plan.causal), scratch: scratch)
  }
}

private struct WinnerRows: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Int32>
}
