import Foundation
import Models

/// The any-order transformer in double precision and in the plainest form: one sequence at a time, every row of every
/// block, with dropout masks from their published formula. It shares no code with the passes under test.
public struct NaiveTransformer {
  /// A dropout of the documentation: value `index` is kept if a hash of (key, index) falls below the share kept.
  public struct Mask: Sendable {
    public var key: UInt32
    public var rate: Float

    public init(key: UInt32, rate: Float) {
      self.key = key
      self.rate = rate
    }

    /// 0 or 1/(1 − rate).
    public func factor(_ index: Int) -> Double {
      guard rate > 0 else { return 1 }
      let hash = Self.mix(Self.mix(UInt32(truncatingIfNeeded: index)) ^ key)
      return hash < UInt32(Double(1 - rate) * 4_294_967_295) ? 1 / Double(1 - rate) : 0
    }

    private static func mix(_ value: UInt32) -> UInt32 {
      var x = value
      x = (x ^ (x >> 16)) &* 0x7feb_352d
      x = (x ^ (x >> 15)) &* 0x846c_a68b
      return x ^ (x >> 16)
    }
  }

  /// The masks of a training step.
  public struct Masks: Sendable {
    public var token: Mask
    public var residual: [Mask]
    public var feedForward: [Mask]

    public init(token: Mask, residual: [Mask], feedForward: [Mask]) {
      self.token = token
      self.residual = residual
      self.feedForward = feedForward
    }
  }

  private let model: AnyOrderTransformer
  private let masks: Masks?
  private var configuration: AnyOrderConfiguration { model.configuration }

  /// Reads the model's parameters anew at each call.
  public init(_ model: AnyOrderTransformer, masks: Masks? = nil) {
    self.model = model
    self.masks = masks
  }

  /// What goes into block 0, what every block makes of it (the residual stream, (2N, C) in sequence order) and at
  /// last the logits of every prediction, (N, V) in order layout.
  ///
  /// - Parameter sequence: which of its batch the sequence is; masks depend on it.
  public func run(
    tokens: [Int], label: Int, order: [Int], sequence: Int = 0
  ) -> (stream: [[[Double]]], logits: [[Double]]) {
    let (count, length) = (configuration.locations, configuration.sequence.length)
    /// Rows that masks count before this sequence's own: all of a sequence, or behind the last block predictions alone.
    let (before, predictionsBefore) = (sequence * length, sequence * count)
    let place = [nil] + (0..<2 * count - 1).map { Int(order[$0 / 2]) as Int? }
    var x = (0..<length).map { row -> [Double] in
      guard let location = place[row] else {
        return Self.row(
          model.positionTokens.classEmbedding.value.values,
          label == AnyOrderBatch.unconditional ? configuration.classes : Int(label), width)
      }
      if row % 2 == 1 {
        return rotated(Self.row(model.positionTokens.positionVector.value.values, 0, width), location)
      }
      let content = Self.row(model.positionTokens.tokenEmbedding.value.values, Int(tokens[location]), width)
      return masked(content, masks?.token, row: before + row)
    }
    var stream = [x]
    for (index, block) in model.blocks.enumerated() {
      let isLast = index + 1 == configuration.layers
      func maskRow(_ row: Int) -> Int { isLast ? predictionsBefore + (row - 1) / 2 : before + row }
      let weights = block.qkv.weight.value.values
      let projected = x.map { Self.product(weights, normed($0, block.attentionNorm.gain.value.values)) }
      let queries = projected.enumerated().map { rotated(Array($1[0..<width]), place[$0]) }
      let keys = projected.enumerated().map { rotated(Array($1[width..<2 * width]), place[$0]) }
      let values = projected.map { Array($0[(2 * width)...]) }
      let output = block.output.linear.weight.value.values
      let network = block.feedForward
      let (gate, up, down) = (
        network.factors[0].weight.value.values, network.factors[1].weight.value.values,
        network.down.linear.weight.value.values
      )
      // Nothing reads class and content rows behind the last block, and no mask counts them there.
      x = x.indices.map { row in
        if isLast && row % 2 == 0 { return x[row] }
        let attended = attention(queries[row], Array(keys[...row]), Array(values[...row]))
        let branch = masked(Self.product(output, attended), masks?.residual[index], row: maskRow(row))
        let middle = zip(x[row], branch).map { $0 + $1 }
        let normed = normed(middle, block.feedForwardNorm.gain.value.values)
        let hidden = zip(Self.product(gate, normed), Self.product(up, normed)).map {
          $0 / (1 + exp(-$0)) * $1
        }
        let last = masked(Self.product(down, hidden), masks?.feedForward[index], row: maskRow(row))
        return zip(middle, last).map { $0 + $1 }
      }
      stream.append(x)
    }
    let (gain, head) = (model.norm.gain.value.values, model.head.weight.value.values)
    return (stream, (0..<count).map { Self.product(head, normed(x[1 + 2 * $0], gain)) })
  }

  /// −log p of every token in nats, in order layout (B, N).
  public func losses(of batch: AnyOrderBatch) -> [Double] {
    let count = configuration.locations
    return (0..<batch.count).flatMap { sequence -> [Double] in
      let tokens = Array(batch.tokens[sequence * count..<(sequence + 1) * count])
      let order = Array(batch.orders[sequence * count..<(sequence + 1) * count])
      let logits = run(tokens: tokens, label: batch.labels[sequence], order: order, sequence: sequence).logits
      return zip(logits, order).map { row, location in
        let top = row.max() ?? 0
        return top + log(row.reduce(0) { $0 + exp($1 - top) }) - row[Int(tokens[Int(location)])]
      }
    }
  }

  // MARK: parts

  private var width: Int { configuration.width }

  private static func row(_ values: [Float], _ index: Int, _ width: Int) -> [Double] {
    values[index * width..<(index + 1) * width].map(Double.init)
  }

  /// W·x for a matrix of x.count columns.
  private static func product(_ weights: [Float], _ x: [Double]) -> [Double] {
    (0..<weights.count / x.count).map { row in
      var sum = 0.0
      for column in x.indices { sum += Double(weights[row * x.count + column]) * x[column] }
      return sum
    }
  }

  private func normed(_ x: [Double], _ gain: [Float]) -> [Double] {
    let root = (x.reduce(0) { $0 + $1 * $1 } / Double(x.count) + 1e-5).squareRoot()
    return zip(x, gain).map { $0 / root * Double($1) }
  }

  private func masked(_ x: [Double], _ mask: Mask?, row: Int) -> [Double] {
    guard let mask else { return x }
    return x.enumerated().map { $1 * mask.factor(row * width + $0) }
  }

  /// Turns every head by the angles of a location; the class token, which has none, becomes zero.
  private func rotated(_ x: [Double], _ location: Int?) -> [Double] {
    guard let location else { return x.map { _ in 0 } }
    let (head, quarter) = (configuration.headWidth, configuration.headWidth / 4)
    var result = x
    for start in stride(from: 0, to: width, by: head) {
      for pair in 0..<head / 2 {
        let coordinate =
          pair < quarter ? location / configuration.gridWidth : location % configuration.gridWidth
        let angle = Double(coordinate) * pow(10_000, -2 * Double(pair % quarter) / Double(head / 2))
        let (a, b) = (x[start + 2 * pair], x[start + 2 * pair + 1])
        result[start + 2 * pair] = a * cos(angle) - b * sin(angle)
        result[start + 2 * pair + 1] = b * cos(angle) + a * sin(angle)
      }
    }
    return result
  }

  private func attention(_ query: [Double], _ keys: [[Double]], _ values: [[Double]]) -> [Double] {
    let head = configuration.headWidth
    return (0..<configuration.heads).flatMap { index -> [Double] in
      let part = index * head..<(index + 1) * head
      let scores = keys.map { key in
        part.reduce(0.0) { $0 + query[$1] * key[$1] } / Double(head).squareRoot()
      }
      let top = scores.max() ?? 0
      let weights = scores.map { exp($0 - top) }
      let total = weights.reduce(0, +)
      return part.map { column in zip(weights, values).reduce(0.0) { $0 + $1.0 * $1.1[column] } / total }
    }
  }
}

extension AnyOrderTransformer {
  /// Gives every parameter random values of a size that lets everything matter: labels, positions, each code.
  public func fillForTests(seed: UInt64) {
    for (index, parameter) in parameters.enumerated() {
      let isGain = parameter.value.shape.count == 1
      let scale =
        isGain || parameter.value.rows == 1 ? 0.5 : 1.5 / Double(parameter.value.columns).squareRoot()
      let values = randomTensor(parameter.value.shape, seed: seed &* 100 &+ UInt64(index), deviation: scale)
      for i in 0..<values.count { parameter.value[i] = values[i] + (isGain ? 1 : 0) }
    }
  }
}
