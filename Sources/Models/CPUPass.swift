import Kernels
import Layers

/// The pass for one way of storing activations; see `AnyOrderPass`.
final class CPUPass<A: Activation>: PassEngine {
  let capacity: Int
  private let model: AnyOrderTransformer
  private let training: Bool
  private let configuration: AnyOrderConfiguration
  private let length: Int
  /// The rows of a sequence that predict.
  private let predicting: CausalAttention.Queries
  private let groupSize: Int
  private let weights: TransformerWeights<A>
  /// In training a set a block, whose rows are those of all sequences. In inference nothing outlives a group's turn:
  /// each worker has two sets of one group's rows, which the blocks use in turn, and shares them with nobody.
  private let activations: [BlockActivations<A>]
  /// Residual rows of what predicts behind the last block, (Q, C); one for each worker in inference.
  private let outputs: [NormedRows<A>]
  private let logits: Tensor  // (B·N, V)
  private let logitGradients: TensorOf<A>?  // (B·N, V); floats lie over the logits
  private let losses: Tensor  // (B·N)
  private let gradients: BlockGradients<A>?
  private let gainPartials: Tensor  // (groups, 2C)
  private let scratch: [PassScratch<A>]
  private let embedding: SequenceEmbedding
  private let rows: SequenceRows
  private var targets: [Int32]
  private var batch = AnyOrderBatch(tokens: [], conditions: [], orders: [])

  init(model: AnyOrderTransformer, capacity: Int?, training: Bool) {
    self.model = model
    self.training = training
    let configuration = model.configuration
    self.configuration = configuration
    let length = model.layout.shape.length
    self.length = length
    predicting = model.layout.shape.predictions
    self.capacity = capacity ?? AnyOrderPass.capacity(model.configuration)
    groupSize = max(A.groupRows / length, 1)
    let rows = self.capacity * length
    let predictions = self.capacity * configuration.locations
    let width = configuration.width
    weights = TransformerWeights(model, backward: training)
    let groupRows = min(groupSize, self.capacity) * length
    let kept = training ? rows : groupRows
    let predictingRows = kept / length * predicting.count(of: length)
    let workers = Parallel.threads
    let last = configuration.layers - 1
    activations = (0..<(training ? configuration.layers : 2 * workers)).map { index in
      BlockActivations(
        rows: kept, queries: training && index == last ? predictingRows : kept, configuration: configuration)
    }
    outputs = (0..<(training ? 1 : workers)).map { _ in
      NormedRows(
        norm: model.norm, residual: Tensor(predictingRows, width), normed: TensorOf(predictingRows, width),
        reciprocalRoot: Tensor(predictingRows))
    }
    logits = Tensor(predictions, configuration.codes)
    logitGradients = A.precision == .float32 ? nil : TensorOf(predictions, configuration.codes)
    losses = Tensor(predictions)
    gradients =
      training
      ? BlockGradients(rows: rows, predictions: predictingRows, configuration: configuration) : nil
    gainPartials = Tensor((self.capacity + groupSize - 1) / groupSize, 2 * width)
    scratch = (0..<workers).map { _ in
      PassScratch(rows: groupRows, length: length, configuration: configuration, training: training)
    }
    embedding = SequenceEmbedding(model)
    self.rows = SequenceRows(rows, layout: model.layout)
    targets = [Int32](repeating: 0, count: predictions)
  }

  /// Bytes of the activations, gradients and logits of a training pass over `capacity` sequences at a time.
  static func bytesForTraining(_ configuration: AnyOrderConfiguration, capacity: Int) -> Int {
    let rows = capacity * configuration.sequence.length
    let predictions = capacity * configuration.sequence.locations
    let (width, element) = (configuration.width, MemoryLayout<A>.size)
    let last = BlockActivations<A>.bytes(rows: rows, queries: predictions, configuration: configuration)
    let others = BlockActivations<A>.bytes(rows: rows, queries: rows, configuration: configuration)
    let output = predictions * (4 * (width + 1) + element * width)
    let logits =
      predictions * (4 * (configuration.codes + 1) + (element == 4 ? 0 : element * configuration.codes))
    return (configuration.layers - 1) * others + last + output + logits
      + BlockGradients<A>.bytes(rows: rows, predictions: predictions, configuration: configuration)
  }

  func losses(of batch: AnyOrderBatch) -> [Float] {
    run(batch, dropouts: nil, weight: 0) { _ in }
  }

  func logits(of batch: AnyOrderBatch) -> [Float] {
    refresh()
    var result: [Float] = []
    forEachPart(of: batch) { part in
      forward(dropouts: nil, firstBatchRow: 0, weight: nil)
      result += logits.values.prefix(part.count * configuration.locations * configuration.codes)
    }
    return result
  }

  func accumulateGradients(of batch: AnyOrderBatch, dropouts: DropoutPlan?) -> [Float] {
    precondition(training, "this pass was planned for inference")
    let weight = 1 / Float(batch.count * configuration.locations)
    return run(batch, dropouts: dropouts, weight: weight) { [self] first in
      backward(dropouts: dropouts, firstBatchRow: first)
    }
  }

  private func run(
    _ batch: AnyOrderBatch, dropouts: DropoutPlan?, weight: Float, then: (Int) -> Void
  ) -> [Float] {
    refresh()
    var result: [Float] = []
    result.reserveCapacity(batch.count * configuration.locations)
    forEachPart(of: batch) { part in
      let first = part.lowerBound * length
      forward(dropouts: dropouts, firstBatchRow: first, weight: weight)
      then(first)
      let count = part.count * configuration.locations
      result.append(contentsOf: UnsafeBufferPointer(start: losses.pointer, count: count))
    }
    return result
  }

  /// Takes over what the parameters are now.
  private func refresh() {
    embedding.refresh()
    weights.refresh()
  }

  private func forEachPart(of batch: AnyOrderBatch, _ body: (Range<Int>) -> Void) {
    for start in stride(from: 0, to: batch.count, by: capacity) {
      let part = start..<min(start + capacity, batch.count)
      prepare(part.count == batch.count ? batch : batch.slice(part))
      body(part)
    }
  }

  private func group(_ index: Int, firstBatchRow: Int) -> SequenceGroup {
    let start = index * groupSize
    return SequenceGroup(
      index: index, sequences: start..<min(start + groupSize, batch.count), length: length,
      firstBatchRow: firstBatchRow)
  }

  private var groups: Int { (batch.count + groupSize - 1) / groupSize }

  /// Lays out rows and targets.
  private func prepare(_ part: AnyOrderBatch) {
    batch = part
    let count = configuration.locations
    precondition(part.tokens.count == part.count * count && part.orders.count == part.count * count)
    for sequence in 0..<part.count {
      model.layout.write(part, sequence: sequence, into: rows, at: sequence * length)
      for step in 0..<count {
        let location = part.orders[sequence * count + step]
        targets[sequence * count + step] = Int32(part.tokens[sequence * count + location])
      }
    }
  }

  /// Where a worker keeps a block's activations, and behind the last block its output.
  private func saved(_ block: TransformerBlock, _ worker: Int) -> BlockActivations<A> {
    activations[training ? block.index : 2 * worker + block.index % 2]
  }
  private func output(_ worker: Int) -> NormedRows<A> { outputs[training ? 0 : worker] }

  /// Only rows that predict go on behind the last block's attention.
  private func queries(_ block: TransformerBlock) -> CausalAttention.Queries {
    block.index + 1 == configuration.layers ? predicting : .all
  }

  // MARK: forward

  /// - Parameter weight: factor of the loss in the gradient, or nil to leave plain logits.
  private func forward(dropouts: DropoutPlan?, firstBatchRow: Int, weight: Float?) {
    targets.withUnsafeBufferPointer { target in
      guard let target = target.baseAddress else { return }
      Parallel.forEachWorker(groups, workers: scratch.count) { [self] index, worker in
        let group = group(index, firstBatchRow: firstBatchRow)
        // The group's place in the buffers: its own rows of all, or a worker's rows from the first one on.
        let place = training ? group : group.alone
        let table = rows.rotary.pointer + (group.rows.lowerBound - place.rows.lowerBound)
        embed(group, at: place, into: saved(model.blocks[0], worker), dropout: dropouts?.token)
        for block in model.blocks {
          block.forward(
            place, weights: weights.blocks[block.index], saved: saved(block, worker),
            queries: queries(block), into: next(block, worker), rotary: model.rotary, tableRows: table,
            dropouts: dropouts?.blocks[block.index], scratch: scratch[worker])
        }
        predict(group, at: place, output: output(worker), target: target, weight: weight)
      }
    }
  }

  /// Where a block's output goes: to the next block and its norm, or to the head and the final norm.
  private func next(_ block: TransformerBlock, _ worker: Int) -> NormedRows<A> {
    guard block.index + 1 < configuration.layers else { return output(worker) }
    let following = model.blocks[block.index + 1]
    let target = saved(following, worker)
    return NormedRows(
      norm: following.attentionNorm, residual: target.input, normed: target.attentionNormed,
      reciprocalRoot: target.attentionReciprocalRoot)
  }

  private func embed(
    _ group: SequenceGroup, at place: SequenceGroup, into first: BlockActivations<A>, dropout: Dropout?
  ) {
    embedding.gather(
      rows, group.rows, into: first.input.row(place.rows.lowerBound), dropout: dropout,
      firstBatchRow: group.firstBatchRow)
    let start = place.rows.lowerBound
    model.blocks[0].attentionNorm.forward(
      first.input.row(start), rows: place.rows.count, into: first.attentionNormed.row(start),
      reciprocalRoot: first.attentionReciprocalRoot.pointer + start)
  }

  private func predict(
    _ group: SequenceGroup, at place: SequenceGroup, output: NormedRows<A>, target: UnsafePointer<Int32>,
    weight: Float?
  ) {
    let rows = group.rows(predicting).rows
    let first = rows.lowerBound
    weights.head.forward(
      Rows(output.normed, row: place.rows(predicting).rows.lowerBound), rows: rows.count, adding: false,
      into: RowView(logits, row: first))
    guard let weight else { return }
    CrossEntropy.forwardBackward(
      logits.row(first), target: target + first, loss: losses.pointer + first,
      gradient: predictionGradients.row(first), rows: rows.count, columns: configuration.codes, weight: weight
    )
  }

  /// ∂L/∂logits, (B·N, V).
  private var predictionGradients: Rows<A> {
    if let logitGradients { return Rows(logitGradients) }
    let overLogits = UnsafeMutableRawPointer(logits.pointer).assumingMemoryBound(to: A.self)
    return Rows(overLogits, stride: configuration.codes)
  }

  // MARK: backward

  private func backward(dropouts: DropoutPlan?, firstBatchRow: Int) {
    guard let gradients else { return }
    let output = outputs[0]
    let predictions = batch.count * configuration.locations
    gainPartials.fill(0)
    Parallel.forEachWorker(groups, workers: scratch.count) { [self] index, worker in
      predictBackward(
        group(index, firstBatchRow: firstBatchRow), output: output, gradients: gradients,
        scratch: scratch[worker])
    }
    addGains([model.norm.gain])
    WeightGradient.run([
      WeightGradient(model.head, dy: predictionGradients, x: Rows(output.normed), rows: predictions)
    ])
    for block in model.blocks.reversed() {
      gainPartials.fill(0)
      let queries = queries(block)
      Parallel.forEachWorker(groups, workers: scratch.count) { [self] index, worker in
        block.backward(
          group(index, firstBatchRow: firstBatchRow), weights: weights.blocks[block.index],
          saved: activations[block.index], queries: queries, gradients: gradients, rotary: model.rotary,
          tableRows: rows.rotary.pointer, dropouts: dropouts?.blocks[block.index],
          gainGradient: gainPartials.row(index),
          scratch: scratch[worker])
      }
      addGains([block.attentionNorm.gain, block.feedForwardNorm.gain])
      WeightGradient.run(
        block.weightGradients(
          saved: activations[block.index], gradients: gradients, rows: batch.count * length,
          asked: batch.count * queries.count(of: length)))
    }
    embedding.scatter(
      gradients.residual, rows, count: batch.count * length, dropout: dropouts?.token,
      firstBatchRow: firstBatchRow)
  }

  private func predictBackward(
    _ group: SequenceGroup, output: NormedRows<A>, gradients: BlockGradients<A>, scratch: PassScratch<A>
  ) {
    let rows = group.rows(predicting).rows
    let first = rows.lowerBound
    let upstream = gradients.upstream(predicting).row(first)
    upstream.update(repeating: 0, count: rows.count * configuration.width)
    weights.head.backward(
      predictionGradients.from(row: first), rows: rows.count, into: RowView(scratch.branch))
    model.norm.backward(
      output.residual.row(first), reciprocalRoot: output.reciprocalRoot.pointer + first,
      scratch.branch.pointer,
      rows: rows.count, addingTo: upstream, gainGradient: gainPartials.row(group.index))
  }

  /// Adds the groups' partial gain gradients in a fixed order.
  private func addGains(_ gains: [Parameter]) {
    let width = configuration.width
    for (part, gain) in gains.enumerated() {
      for group in 0..<groups {
        add(gainPartials.row(group) + part * width, to: gain.gradient.pointer, count: width)
      }
    }
  }
}
