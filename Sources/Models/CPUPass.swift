import Kernels
import Layers

/// The pass for one way of storing activations; see `AnyOrderPass`.
final class CPUPass<A: Activation>: PassEngine {
  let capacity: Int
  private let model: AnyOrderTransformer
  private let training: Bool
  private let configuration: AnyOrderConfiguration
  private let length: Int
  /// The rows of a sequence that leave the last block.
  private let leaving: CausalAttention.Queries
  private let groupSize: Int
  private let weights: TransformerWeights<A>
  /// In training a set a block, whose rows are those of all sequences. In inference nothing outlives a group's turn:
  /// each worker has two sets of one group's rows, which the blocks use in turn, and shares them with nobody.
  private let activations: [BlockActivations<A>]
  /// Residual rows behind the last block, (Q, C); one for each worker in inference.
  private let outputs: [NormedRows<A>]
  /// Predicts codes, or locations, N a sequence.
  private let head: PassHead<A>
  /// Predicts texts, where there are any.
  private let textHead: PassHead<A>?
  private let gradients: BlockGradients<A>?
  private let normPartials: Tensor  // (groups, parameters of a block's norms)
  private let scratch: [PassScratch<A>]
  private let embedding: SequenceEmbedding
  private let rows: SequenceRows
  private var batch = AnyOrderBatch(tokens: [], conditions: [], orders: [])

  init(model: AnyOrderTransformer, capacity: Int?, training: Bool) {
    self.model = model
    self.training = training
    let configuration = model.configuration
    self.configuration = configuration
    let length = model.layout.shape.length
    self.length = length
    let shape = model.layout.shape
    leaving = shape.outputs
    self.capacity = capacity ?? AnyOrderPass.capacity(model.configuration)
    groupSize = max(A.groupRows / length, 1)
    let rows = self.capacity * length
    let width = configuration.width
    weights = TransformerWeights(model, backward: training, texts: true)
    let groupRows = min(groupSize, self.capacity) * length
    let kept = training ? rows : groupRows
    let each = leaving.count(of: length)
    let leavingRows = kept / length * each
    let workers = Parallel.threads
    let last = configuration.layers - 1
    activations = (0..<(training ? configuration.layers : 2 * workers)).map { index in
      BlockActivations(
        rows: kept, queries: training && index == last ? leavingRows : kept, configuration: configuration)
    }
    outputs = (0..<(training ? 1 : workers)).map { _ in
      NormedRows(
        norm: model.norm, residual: Tensor(leavingRows, width), normed: TensorOf(leavingRows, width),
        reciprocalRoot: Tensor(leavingRows))
    }
    head = PassHead(
      model.head, weights.head, leaving: each, rows: each - configuration.locations..<each,
      capacity: self.capacity, isWithoutRepetition: configuration.predicts == .locations)
    textHead =
      if let linear = model.textHead, let weights = weights.textHead {
        PassHead(
          linear, weights, leaving: each, rows: 0..<shape.textPredictions, capacity: self.capacity)
      } else { nil }
    gradients =
      training
      ? BlockGradients(rows: rows, predictions: leavingRows, configuration: configuration) : nil
    normPartials = Tensor(
      (self.capacity + groupSize - 1) / groupSize, (model.blocks[0].normParameters.count) * width)
    scratch = (0..<workers).map { _ in
      PassScratch(rows: groupRows, length: length, configuration: configuration, training: training)
    }
    embedding = SequenceEmbedding(model)
    self.rows = SequenceRows(rows, layout: model.layout)
  }

  /// Bytes of the activations, gradients and logits of a training pass over `capacity` sequences at a time.
  static func bytesForTraining(_ configuration: AnyOrderConfiguration, capacity: Int) -> Int {
    let shape = configuration.sequence
    let each = shape.outputs.count(of: shape.length)
    let (rows, leaving) = (capacity * shape.length, capacity * each)
    let (width, element) = (configuration.width, MemoryLayout<A>.size)
    let last = BlockActivations<A>.bytes(rows: rows, queries: leaving, configuration: configuration)
    let others = BlockActivations<A>.bytes(rows: rows, queries: rows, configuration: configuration)
    let output = leaving * (4 * (width + 1) + element * width)
    func head(_ count: Int, _ outputs: Int) -> Int {
      PassHead<A>.bytes(capacity: capacity, count: count, leaving: each, inputs: width, outputs: outputs)
    }
    return (configuration.layers - 1) * others + last + output
      + head(shape.locations, configuration.outputs)
      + head(shape.textPredictions, shape.textPredictions > 0 ? configuration.text?.tokens ?? 0 : 0)
      + BlockGradients<A>.bytes(rows: rows, predictions: leaving, configuration: configuration)
  }

  func losses(of batch: AnyOrderBatch) -> PassLosses {
    refresh()
    return run(batch, 0..<batch.count, dropouts: nil, weights: (code: 0, text: 0)) { _ in }
  }

  func logits(of batch: AnyOrderBatch) -> (codes: [Float], texts: [Float]) {
    refresh()
    var result: (codes: [Float], texts: [Float]) = ([], [])
    forEachPart(of: batch, 0..<batch.count) { part in
      forward(dropouts: nil, firstBatchRow: 0, weights: nil)
      result.codes += head.logits.values.prefix(part.count * head.count * head.logits.columns)
      if let textHead {
        result.texts += textHead.logits.values.prefix(part.count * textHead.count * textHead.logits.columns)
      }
    }
    return result
  }

  func accumulateGradients(of batch: AnyOrderBatch, dropouts: DropoutPlan?, share: BatchShare?) -> PassLosses
  {
    precondition(training, "this pass was planned for inference")
    let codes = textHead == nil ? 1 : PassLosses.codeShare
    let code = codes / Float(batch.count * head.count)
    let text = textHead.map { (1 - codes) / Float(batch.count * $0.count) } ?? 0
    if share?.continues != true { refresh() }
    let images = share?.images ?? 0..<batch.count
    return run(batch, images, dropouts: dropouts, weights: (code, text)) { [self] part in
      let isLast = part.upperBound == images.upperBound
      backward(
        dropouts: dropouts, firstBatchRow: part.lowerBound * length,
        finished: isLast ? share?.finished : nil)
    }
  }

  private func run(
    _ batch: AnyOrderBatch, _ images: Range<Int>, dropouts: DropoutPlan?, weights: (code: Float, text: Float),
    then: (Range<Int>) -> Void
  ) -> PassLosses {
    var result = PassLosses()
    result.codes.reserveCapacity(images.count * head.count)
    forEachPart(of: batch, images) { part in
      forward(dropouts: dropouts, firstBatchRow: part.lowerBound * length, weights: weights)
      then(part)
      result.codes.append(
        contentsOf: UnsafeBufferPointer(start: head.losses.pointer, count: part.count * head.count))
      if let textHead {
        result.texts.append(
          contentsOf: UnsafeBufferPointer(start: textHead.losses.pointer, count: part.count * textHead.count))
      }
    }
    return result
  }

  /// Takes over what the parameters are now.
  private func refresh() {
    embedding.refresh()
    weights.refresh()
  }

  private func forEachPart(of batch: AnyOrderBatch, _ images: Range<Int>, _ body: (Range<Int>) -> Void) {
    for start in stride(from: images.lowerBound, to: images.upperBound, by: capacity) {
      let part = start..<min(start + capacity, images.upperBound)
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
      let targets = head.targets(of: sequence)
      for step in 0..<count {
        let location = part.orders[sequence * count + step]
        targets[step] = Int32(
          configuration.predicts == .codes ? part.tokens[sequence * count + location] : location)
      }
      if let textHead {
        model.layout.writeTextTargets(part.conditions[sequence], into: textHead.targets(of: sequence))
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
    block.index + 1 == configuration.layers ? leaving : .all
  }

  // MARK: forward

  /// - Parameter weights: factors of the losses in the gradient, or nil to leave plain logits.
  private func forward(
    dropouts: DropoutPlan?, firstBatchRow: Int, weights factors: (code: Float, text: Float)?
  ) {
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
      let row = place.rows(leaving).rows.lowerBound
      head.forward(group.sequences, output: output(worker).normed, place: row, weight: factors?.code)
      textHead?.forward(group.sequences, output: output(worker).normed, place: row, weight: factors?.text)
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

  // MARK: backward

  /// - Parameter finished: told of each of the model's `gradientParts` when nothing is added to it any more.
  private func backward(dropouts: DropoutPlan?, firstBatchRow: Int, finished: ((Int) -> Void)?) {
    guard let gradients else { return }
    let output = outputs[0]
    normPartials.fill(0)
    Parallel.forEachWorker(groups, workers: scratch.count) { [self] index, worker in
      predictBackward(
        group(index, firstBatchRow: firstBatchRow), output: output, gradients: gradients,
        scratch: scratch[worker])
    }
    addPartials(of: model.norm.parameters)
    WeightGradient.run(
      ([head] + (textHead.map { [$0] } ?? [])).map { $0.weightGradient(batch.count, output: output) })
    finished?(0)
    for block in model.blocks.reversed() {
      normPartials.fill(0)
      let queries = queries(block)
      Parallel.forEachWorker(groups, workers: scratch.count) { [self] index, worker in
        block.backward(
          group(index, firstBatchRow: firstBatchRow), weights: weights.blocks[block.index],
          saved: activations[block.index], queries: queries, gradients: gradients, rotary: model.rotary,
          tableRows: rows.rotary.pointer, dropouts: dropouts?.blocks[block.index],
          normGradient: normPartials.row(index),
          scratch: scratch[worker])
      }
      addPartials(of: block.normParameters)
      WeightGradient.run(
        block.weightGradients(
          weights: weights.blocks[block.index], saved: activations[block.index], gradients: gradients,
          rows: batch.count * length, asked: batch.count * queries.count(of: length)))
      weights.blocks[block.index].unfoldGradients()
      finished?(configuration.layers - block.index)
    }
    embedding.scatter(
      gradients.residual, rows, count: batch.count * length, dropout: dropouts?.token,
      firstBatchRow: firstBatchRow)
    finished?(configuration.layers + 1)
  }

  private func predictBackward(
    _ group: SequenceGroup, output: NormedRows<A>, gradients: BlockGradients<A>, scratch: PassScratch<A>
  ) {
    let upstream = gradients.upstream(leaving)
    let rows = group.rows(leaving).rows
    upstream.row(rows.lowerBound).update(repeating: 0, count: rows.count * configuration.width)
    for head in [textHead, head] {
      head?.backward(
        group.sequences, norm: model.norm, output: output, upstream: upstream,
        normGradient: normPartials.row(group.index), scratch: scratch.branch)
    }
  }

  /// Adds the groups' partial gradients of norms in a fixed order.
  private func addPartials(of parameters: [Parameter]) {
    let width = configuration.width
    for (part, parameter) in parameters.enumerated() {
      for group in 0..<groups {
        add(normPartials.row(group) + part * width, to: parameter.gradient.pointer, count: width)
      }
    }
  }
}
