import Kernels
import Layers

/// One head of a pass: the rows that predict, their logits and losses, and the way back.
final class PassHead<A: Activation>: Sendable {
  /// Rows of a sequence that predict, counted among those that leave the last block.
  private let first: Int
  /// Predictions of a sequence, n.
  let count: Int
  /// Rows of a sequence that leave the last block.
  private let leaving: Int
  let linear: Linear
  private let weights: A.Weights
  /// The rows that predict side by side, (B·n, C); nil where they are all that leave.
  private let inputs: TensorOf<A>?
  let logits: Tensor  // (B·n, outputs)
  private let logitGradients: TensorOf<A>?  // (B·n, outputs); floats lie over the logits
  let losses: Tensor  // (B·n)
  private let targets: TensorOf<Int32>  // (B·n)
  /// Whether a prediction is none of those before it in its sequence, so that they have no part in it.
  private let isWithoutRepetition: Bool

  /// - Parameters:
  ///   - leaving: rows of a sequence that leave the last block.
  ///   - rows: which of them predict.
  init(
    _ linear: Linear, _ weights: A.Weights, leaving: Int, rows: Range<Int>, capacity: Int,
    isWithoutRepetition: Bool = false
  ) {
    self.isWithoutRepetition = isWithoutRepetition
    self.linear = linear
    self.weights = weights
    self.leaving = leaving
    first = rows.lowerBound
    count = rows.count
    let predictions = capacity * count
    inputs = count == leaving ? nil : TensorOf(predictions, linear.inputs)
    logits = Tensor(predictions, linear.outputs)
    logitGradients = A.precision == .float32 ? nil : TensorOf(predictions, linear.outputs)
    losses = Tensor(predictions)
    targets = TensorOf(predictions)
  }

  /// Bytes of such a head.
  static func bytes(capacity: Int, count: Int, leaving: Int, inputs: Int, outputs: Int) -> Int {
    let (predictions, element) = (capacity * count, MemoryLayout<A>.size)
    return predictions
      * ((count == leaving ? 0 : element * inputs) + 4 * (outputs + 2)
        + (element == 4 ? 0 : element * outputs))
  }

  /// What the rows of a sequence are to predict.
  func targets(of sequence: Int) -> UnsafeMutableBufferPointer<Int32> {
    UnsafeMutableBufferPointer(start: targets.pointer + sequence * count, count: count)
  }

  /// Logits, and unless there is no weight losses and ∂L/∂logits.
  ///
  /// - Parameters:
  ///   - output: the rows that leave the last block, `place` on.
  ///   - weight: factor of a loss in the gradient, or nil to leave plain logits.
  func forward(_ sequences: Range<Int>, output: TensorOf<A>, place: Int, weight: Float?) {
    let start = sequences.lowerBound * count
    let rows = sequences.count * count
    if let bias = linear.bias {
      for row in start..<start + rows {
        logits.row(row).update(from: bias.value.pointer, count: linear.outputs)
      }
    }
    weights.forward(
      read(sequences, output: output, place: place), rows: rows, adding: linear.bias != nil,
      into: RowView(logits, row: start))
    if isWithoutRepetition { sequences.forEach(excludeEarlierTargets) }
    guard let weight else { return }
    CrossEntropy.forwardBackward(
      logits.row(start), target: targets.pointer + start, loss: losses.pointer + start,
      gradient: gradients.row(start), rows: rows, columns: linear.outputs, weight: weight)
  }

  /// Takes what was predicted before out of every prediction of a sequence.
  private func excludeEarlierTargets(of sequence: Int) {
    let targets = targets(of: sequence)
    for place in 1..<count {
      let row = logits.row(sequence * count + place)
      for earlier in targets[..<place] { row[Int(earlier)] = -1e30 }
    }
  }

  /// The rows that predict, side by side.
  private func read(_ sequences: Range<Int>, output: TensorOf<A>, place: Int) -> Rows<A> {
    guard let inputs else { return Rows(output, row: place) }
    for (index, sequence) in sequences.enumerated() {
      inputs.row(sequence * count).update(
        from: output.row(place + index * leaving + first), count: count * linear.inputs)
    }
    return Rows(inputs, row: sequences.lowerBound * count)
  }

  /// ∂L/∂logits, (B·n, outputs).
  private var gradients: Rows<A> {
    if let logitGradients { return Rows(logitGradients) }
    let overLogits = UnsafeMutableRawPointer(logits.pointer).assumingMemoryBound(to: A.self)
    return Rows(overLogits, stride: linear.outputs)
  }

  /// Carries ∂L/∂logits back through the final norm into `upstream`, (B·leaving, C).
  func backward(
    _ sequences: Range<Int>, norm: RowNorm, output: NormedRows<A>, upstream: Tensor,
    normGradient: UnsafeMutablePointer<Float>, scratch: Tensor
  ) {
    let rows = sequences.count * count
    weights.backward(gradients.from(row: sequences.lowerBound * count), rows: rows, into: RowView(scratch))
    // Rows of several sequences at once where they follow each other.
    let (parts, each) = inputs == nil ? (1, rows) : (sequences.count, count)
    for part in 0..<parts {
      let row = (sequences.lowerBound + part) * leaving + first
      norm.backward(
        output.residual.row(row), reciprocalRoot: output.reciprocalRoot.pointer + row,
        scratch.row(part * count), rows: each, addingTo: upstream.row(row), gradient: normGradient)
    }
  }

  /// The product that makes the head's gradient.
  func weightGradient(_ sequences: Int, output: NormedRows<A>) -> WeightGradient<A> {
    WeightGradient(linear, dy: gradients, x: Rows(inputs ?? output.normed), rows: sequences * count)
  }
}
