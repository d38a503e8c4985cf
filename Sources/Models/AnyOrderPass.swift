import Kernels
import Layers

/// Forward and backward passes of an any-order transformer over whole sequences, with all buffers planned once.
///
/// Sequences are independent of each other up to the weight gradients, so one thread carries a group of about 256
/// rows through the entire forward pass without meeting the others. The backward pass meets once a block, to form
/// that block's weight gradients from all rows. How sequences are grouped depends on shapes only, and so the results
/// do not depend on the number of threads.
public final class AnyOrderPass {
  public let model: AnyOrderTransformer
  /// Sequences that fit the buffers; a larger batch is processed in parts of at most this many.
  public let capacity: Int
  private let training: Bool
  private let configuration: AnyOrderConfiguration
  private let length: Int
  private let groupSize: Int
  private let activations: [BlockActivations]
  private let finalInput: Tensor  // (R, C)
  private let queries: Tensor  // (B·N, C) residual rows of the position tokens
  private let queryRoot: Tensor  // (B·N)
  private let queryNormed: Tensor  // (B·N, C)
  private let logits: Tensor  // (B·N, V), then their gradients
  private let losses: Tensor  // (B·N)
  private let gradients: BlockGradients?
  private let gainPartials: Tensor  // (groups, 2C)
  private let scratch: [Tensor]
  private var positionTable: Tensor
  private var tableRows: [Int32]
  private var targets: [Int32]
  private var batch = AnyOrderBatch(tokens: [], labels: [], orders: [])

  /// - Parameters:
  ///   - capacity: sequences processed together; nil plans for about 4,096 rows.
  ///   - training: whether `accumulateGradients` will be called; inference needs a fraction of the memory.
  public init(model: AnyOrderTransformer, capacity: Int? = nil, training: Bool) {
    self.model = model
    self.training = training
    configuration = model.configuration
    length = configuration.sequenceLength
    self.capacity = capacity ?? max(4096 / length, 1)
    groupSize = max(256 / length, 1)
    let rows = self.capacity * length
    let predictions = self.capacity * configuration.locations
    let width = configuration.width
    let kept = training ? configuration.layers : min(2, configuration.layers)
    let sizes = configuration
    activations = (0..<kept).map { _ in BlockActivations(rows: rows, configuration: sizes) }
    finalInput = Tensor(rows, width)
    queries = Tensor(predictions, width)
    queryRoot = Tensor(predictions)
    queryNormed = Tensor(predictions, width)
    logits = Tensor(predictions, configuration.codes)
    losses = Tensor(predictions)
    gradients = training ? BlockGradients(rows: rows, configuration: configuration) : nil
    gainPartials = Tensor((self.capacity + groupSize - 1) / groupSize, 2 * width)
    let groupRows = groupSize * length
    let perThread =
      groupRows * width
      + max(groupRows * configuration.hidden, CausalAttention.scratchCount(length: length))
    scratch = (0..<Parallel.threads).map { _ in Tensor(perThread) }
    positionTable = model.positionTokens()
    tableRows = [Int32](repeating: 0, count: rows)
    targets = [Int32](repeating: 0, count: predictions)
  }

  /// The loss in nats of every prediction, in order layout (B, N): −log p(x at orders[i] | what came before).
  public func losses(of batch: AnyOrderBatch) -> [Float] {
    run(batch, dropouts: nil, weight: 0) { _ in }
  }

  /// The logits of every prediction, in order layout (B·N, V).
  public func logits(of batch: AnyOrderBatch) -> [Float] {
    var result: [Float] = []
    var start = 0
    while start < batch.count {
      let part = start..<min(start + capacity, batch.count)
      prepare(batch.slice(part))
      forward(dropouts: nil, firstBatchRow: 0, weight: nil)
      result += logits.values.prefix(part.count * configuration.locations * configuration.codes)
      start = part.upperBound
    }
    return result
  }

  /// Adds ∂(mean loss)/∂parameter to every gradient and returns the losses as `losses(of:)` does.
  ///
  /// The mean is over all B·N predictions (spec/class-conditional §1.5).
  public func accumulateGradients(of batch: AnyOrderBatch, dropouts: DropoutPlan?) -> [Float] {
    precondition(training, "this pass was planned for inference")
    let weight = 1 / Float(batch.count * configuration.locations)
    return run(batch, dropouts: dropouts, weight: weight) { [self] first in
      backward(dropouts: dropouts, firstBatchRow: first)
    }
  }

  private func run(
    _ batch: AnyOrderBatch, dropouts: DropoutPlan?, weight: Float, then: (Int) -> Void
  ) -> [Float] {
    positionTable = model.positionTokens()
    var result: [Float] = []
    result.reserveCapacity(batch.count * configuration.locations)
    var start = 0
    while start < batch.count {
      let part = start..<min(start + capacity, batch.count)
      prepare(batch.slice(part))
      forward(dropouts: dropouts, firstBatchRow: start * length, weight: weight)
      then(start * length)
      let count = part.count * configuration.locations
      result.append(contentsOf: UnsafeBufferPointer(start: losses.pointer, count: count))
      start = part.upperBound
    }
    return result
  }

  private func groups(firstBatchRow: Int) -> [SequenceGroup] {
    stride(from: 0, to: batch.count, by: groupSize).enumerated().map { index, start in
      let sequences = start..<min(start + groupSize, batch.count)
      return SequenceGroup(
        index: index, sequences: sequences,
        rows: sequences.lowerBound * length..<sequences.upperBound * length,
        firstBatchRow: firstBatchRow)
    }
  }

  /// Lays out rotary rows and targets: row 0 of a sequence is the class, then P(π₀), X(π₀), P(π₁), ….
  private func prepare(_ part: AnyOrderBatch) {
    batch = part
    let count = configuration.locations
    precondition(part.tokens.count == part.count * count && part.orders.count == part.count * count)
    for sequence in 0..<part.count {
      tableRows[sequence * length] = 0
      for step in 0..<count {
        let location = part.orders[sequence * count + step]
        targets[sequence * count + step] = part.tokens[sequence * count + Int(location)]
        tableRows[sequence * length + 1 + 2 * step] = 1 + location
        if step + 1 < count { tableRows[sequence * length + 2 + 2 * step] = 1 + location }
      }
    }
  }

  // MARK: forward

  /// - Parameter weight: factor of the loss in the gradient, or nil to leave plain logits.
  private func forward(dropouts: DropoutPlan?, firstBatchRow: Int, weight: Float?) {
    let groups = groups(firstBatchRow: firstBatchRow)
    tableRows.withUnsafeBufferPointer { table in
      targets.withUnsafeBufferPointer { target in
        guard let table = table.baseAddress, let target = target.baseAddress else { return }
        Parallel.forEachWorker(groups.count, workers: scratch.count) { [self] index, worker in
          let group = groups[index]
          embed(group, dropout: dropouts?.token)
          for block in model.blocks {
            let last = block.index + 1 == configuration.layers
            block.forward(
              group, saved: saved(block),
              into: last ? finalInput : saved(model.blocks[block.index + 1]).input,
              rotary: model.rotary, tableRows: table, length: length, dropouts: dropouts?.blocks[block.index],
              scratch: scratch[worker].pointer)
          }
          predict(group, target: target, weight: weight)
        }
      }
    }
  }

  private func saved(_ block: TransformerBlock) -> BlockActivations {
    activations[block.index % activations.count]
  }

  private func embed(_ group: SequenceGroup, dropout: Dropout?) {
    let width = configuration.width
    let input = activations[0].input
    for sequence in group.sequences {
      let first = sequence * length
      input.row(first).update(from: model.classEmbedding.value.row(Int(batch.labels[sequence])), count: width)
      for step in 0..<configuration.locations {
        let index = sequence * configuration.locations + step
        let row = first + 1 + 2 * step
        input.row(row).update(from: positionTable.row(Int(batch.orders[index])), count: width)
        guard step + 1 < configuration.locations else { continue }
        let content = input.row(row + 1)
        content.update(from: model.tokenEmbedding.value.row(Int(targets[index])), count: width)
        dropout?.apply(content, count: width, first: (group.firstBatchRow + row + 1) * width)
      }
    }
  }

  private func predict(_ group: SequenceGroup, target: UnsafePointer<Int32>, weight: Float?) {
    let (count, width) = (configuration.locations, configuration.width)
    let first = group.sequences.lowerBound * count
    let rows = group.sequences.count * count
    // Position tokens are every second row, from row 1 on, and sequences have an even length.
    RowView(queries, row: first).copy(
      RowView(finalInput, row: group.rows.lowerBound + 1).every(2), rows: rows, columns: width)
    model.norm.forward(
      queries.row(first), rows: rows, into: queryNormed.row(first), reciprocalRoot: queryRoot.pointer + first)
    model.head.forward(RowView(queryNormed, row: first), rows: rows, into: RowView(logits, row: first))
    guard let weight else { return }
    CrossEntropy.forwardBackward(
      logits.row(first), target: target + first, loss: losses.pointer + first, rows: rows,
      columns: configuration.codes, weight: weight)
  }

  // MARK: backward

  private func backward(dropouts: DropoutPlan?, firstBatchRow: Int) {
    guard let gradients else { return }
    let groups = groups(firstBatchRow: firstBatchRow)
    let predictions = batch.count * configuration.locations
    gainPartials.fill(0)
    Parallel.forEachWorker(groups.count, workers: scratch.count) { [self] index, worker in
      predictBackward(groups[index], gradients: gradients, scratch: scratch[worker].pointer)
    }
    addGains(groups.count, [model.norm.gain])
    WeightGradient.run(
      [WeightGradient(model.head, dy: RowView(logits), x: RowView(queryNormed))], rows: predictions)
    tableRows.withUnsafeBufferPointer { table in
      guard let table = table.baseAddress else { return }
      for block in model.blocks.reversed() {
        gainPartials.fill(0)
        Parallel.forEachWorker(groups.count, workers: scratch.count) { [self] index, worker in
          block.backward(
            groups[index], saved: saved(block), gradients: gradients, rotary: model.rotary, tableRows: table,
            length: length, dropouts: dropouts?.blocks[block.index], gainGradient: gainPartials.row(index),
            scratch: scratch[worker].pointer)
        }
        addGains(groups.count, [block.attentionNorm.gain, block.feedForwardNorm.gain])
        WeightGradient.run(
          block.weightGradients(saved: saved(block), gradients: gradients), rows: batch.count * length)
      }
    }
    embedBackward(gradients.residual, dropout: dropouts?.token, firstBatchRow: firstBatchRow)
  }

  private func predictBackward(
    _ group: SequenceGroup, gradients: BlockGradients, scratch: UnsafeMutablePointer<Float>
  ) {
    let (count, width) = (configuration.locations, configuration.width)
    let first = group.sequences.lowerBound * count
    let rows = group.sequences.count * count
    let residual = gradients.residual.row(group.rows.lowerBound)
    residual.update(repeating: 0, count: group.rows.count * width)
    // The gradient at the position tokens passes through rows of the block gradients that are free by now.
    let dqueries = gradients.output.row(group.rows.lowerBound)
    dqueries.update(repeating: 0, count: rows * width)
    model.head.backward(RowView(logits, row: first), rows: rows, into: RowView(scratch, stride: width))
    model.norm.backward(
      queries.row(first), reciprocalRoot: queryRoot.pointer + first, scratch, rows: rows, addingTo: dqueries,
      gainGradient: gainPartials.row(group.index))
    RowView(residual, stride: width).from(row: 1).every(2).copy(
      RowView(dqueries, stride: width), rows: rows, columns: width)
  }

  /// Adds the groups' partial gain gradients in a fixed order.
  private func addGains(_ groups: Int, _ gains: [Parameter]) {
    let width = configuration.width
    for (part, gain) in gains.enumerated() {
      for group in 0..<groups {
        add(gainPartials.row(group) + part * width, to: gain.gradient.pointer, count: width)
      }
    }
  }

  /// Scatters ∂L/∂(input rows) into the embeddings; each thread owns whole heads of the width, so sums keep one
  /// order.
  private func embedBackward(_ dinput: Tensor, dropout: Dropout?, firstBatchRow: Int) {
    let width = configuration.width
    let (classes, tokens) = (model.classEmbedding.gradient, model.tokenEmbedding.gradient)
    let position = model.positionVector.gradient
    let (batch, count) = (batch, configuration.locations)
    if let dropout {
      Parallel.forEach(batch.count) { [self] sequence in
        for step in 0..<(count - 1) {
          let row = sequence * length + 2 + 2 * step
          dropout.apply(dinput.row(row), count: width, first: (firstBatchRow + row) * width)
        }
      }
    }
    Parallel.forEach(configuration.heads) { [self] head in
      let (column, size) = (head * configuration.head, configuration.head)
      for sequence in 0..<batch.count {
        let first = sequence * length
        add(dinput.row(first) + column, to: classes.row(Int(batch.labels[sequence])) + column, count: size)
        for step in 0..<count {
          let row = dinput.row(first + 1 + 2 * step)
          let rotated = RowView(row + column, stride: width)
          withUnsafePointer(to: tableRows[first + 1 + 2 * step]) {
            model.rotary.rotateBackward(rotated, rows: 1, heads: 1, by: $0)
          }
          add(row + column, to: position.pointer + column, count: size)
          guard step + 1 < count else { continue }
          let code = Int(targets[sequence * count + step])
          add(row + width + column, to: tokens.row(code) + column, count: size)
        }
      }
    }
  }
}
