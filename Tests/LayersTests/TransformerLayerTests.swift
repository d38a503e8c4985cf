import Foundation
import Kernels
import Layers
import Randomness
import TestSupport
import Testing

/// Each layer of the transformer against central differences of a random linear function of its output.
@Suite struct TransformerLayerTests {
  @Test(arguments: [(1, 4, 3), (7, 16, 24)])
  func `a linear layer's gradients are right`(rows: Int, inputs: Int, outputs: Int) {
    let layer = Linear("w", inputs: inputs, outputs: outputs)
    layer.weight.value.copy(from: randomTensor([outputs, inputs], seed: 1))
    let x = randomTensor([rows, inputs], seed: 2)
    let dy = randomTensor([rows, outputs], seed: 3)
    let (y, dx) = (Tensor(rows, outputs), Tensor(rows, inputs))
    let weights = Float.Weights([layer.weight.value], backward: true)
    func loss() -> Double {
      weights.forward(RowView(x), rows: rows, adding: false, into: RowView(y))
      return dot(y, dy)
    }
    weights.backward(RowView(dy), rows: rows, into: RowView(dx))
    layer.accumulateGradient(0..<1, dy: RowView(dy), x: RowView(x), rows: rows)
    layer.accumulateGradient(1..<outputs, dy: RowView(dy), x: RowView(x), rows: rows)
    expectDifferencesMatch("x", x, gradient: dx, loss: loss)
    expectDifferencesMatch("w", layer.weight.value, gradient: layer.weight.gradient, loss: loss)
  }

  @Test func `root mean square normalisation's gradients are right`() {
    let (rows, width) = (5, 24)
    let layer = RowNorm(rootMeanSquare: "g", width: width)
    layer.gain.value.copy(from: randomTensor([width], seed: 1))
    let x = randomTensor([rows, width], seed: 2)
    let dy = randomTensor([rows, width], seed: 3)
    let (y, root, dx, dgain) = (Tensor(rows, width), Tensor(rows), Tensor(rows, width), Tensor(width))
    func loss() -> Double {
      layer.forward(x.pointer, rows: rows, into: y.pointer, reciprocalRoot: root.pointer)
      return dot(y, dy)
    }
    _ = loss()
    layer.backward(
      x.pointer, reciprocalRoot: root.pointer, dy.pointer, rows: rows, addingTo: dx.pointer,
      gradient: dgain.pointer)
    expectDifferencesMatch("x", x, gradient: dx, loss: loss)
    expectDifferencesMatch("g", layer.gain.value, gradient: dgain, loss: loss)
  }

  @Test func `layer normalisation's gradients are right, and it adds biases`() {
    let (rows, width) = (5, 24)
    let layer = RowNorm(layer: "n", width: width)
    for (index, parameter) in layer.parameters.enumerated() {
      parameter.value.copy(from: randomTensor([width], seed: UInt64(index)))
    }
    let (x, branch) = (randomTensor([rows, width], seed: 2), randomTensor([rows, width], seed: 4))
    let (dy, bias) = (randomTensor([rows, width], seed: 3), randomTensor([width], seed: 5))
    let (y, root, dx) = (Tensor(rows, width), Tensor(rows), Tensor(rows, width))
    let (gradient, residual) = (Tensor(2, width), Tensor(rows, width))
    func loss() -> Double {
      layer.forward(x.pointer, rows: rows, into: y.pointer, reciprocalRoot: root.pointer)
      return dot(y, dy)
    }
    _ = loss()
    for row in 0..<rows {
      let values = (0..<width).map { (y.row(row)[$0] - layer.bias!.value[$0]) / layer.gain.value[$0] }
      #expect(abs(values.reduce(0, +)) < 1e-4)
      #expect(abs(values.reduce(0) { $0 + $1 * $1 } / Float(width) - 1) < 1e-4)
    }
    layer.backward(
      x.pointer, reciprocalRoot: root.pointer, dy.pointer, rows: rows, addingTo: dx.pointer,
      gradient: gradient.pointer)
    expectDifferencesMatch("x", x, gradient: dx, loss: loss)
    let gain = Tensor([width], values: Array(gradient.values.prefix(width)))
    expectDifferencesMatch("g", layer.gain.value, gradient: gain, loss: loss)
    let shift = Tensor([width], values: Array(gradient.values.suffix(width)))
    expectDifferencesMatch("b", layer.bias!.value, gradient: shift, loss: loss)
    layer.forward(
      x.pointer, adding: branch.pointer, branchBias: bias.pointer, rows: rows, residual: residual.pointer,
      into: y.pointer, reciprocalRoot: root.pointer)
    let sum = (0..<rows * width).map { x[$0] + branch[$0] + bias[$0 % width] }
    #expect(largestDifference(residual.values, sum) < 1e-6)
    let alone = Tensor(rows, width)
    layer.forward(residual.pointer, rows: rows, into: alone.pointer, reciprocalRoot: root.pointer)
    #expect(alone.values == y.values)
  }

  @Test func `a folded layer scale gives the gradients of all three parameters`() {
    let (rows, inputs, outputs) = (7, 16, 24)
    let layer = BranchProjection(
      Linear(biased: "p", inputs: inputs, outputs: outputs), scale: "s", initialScale: 0.1)
    for (index, parameter) in layer.parameters.enumerated() {
      parameter.value.copy(from: randomTensor(parameter.shape, seed: UInt64(index)))
    }
    let (x, dy) = (randomTensor([rows, inputs], seed: 8), randomTensor([rows, outputs], seed: 9))
    let y = Tensor(rows, outputs)
    let folded = FoldedProjection(layer)
    func loss() -> Double {
      folded.fold()
      let weights = Float.Weights([folded.linear.weight.value], backward: false)
      weights.forward(RowView(x), rows: rows, adding: false, into: RowView(y))
      let bias = folded.linear.bias?.value.values ?? []
      let whole = (0..<rows * outputs).map { y[$0] + bias[$0 % outputs] }
      return dot(Tensor([rows, outputs], values: whole), dy)
    }
    _ = loss()
    for _ in 0..<2 {
      for parameter in layer.parameters { parameter.gradient.fill(0) }
      // Twice: what was carried over must not be there again.
      folded.linear.accumulateGradient(0..<outputs, dy: RowView(dy), x: RowView(x), rows: rows)
      folded.unfoldGradients()
    }
    for parameter in layer.parameters {
      expectDifferencesMatch(parameter.name, parameter.value, gradient: parameter.gradient, loss: loss)
    }
  }

  @Test(arguments: [Float(0), 0.4])
  func `the feed-forward layer gated by GELU has the right gradients, with dropout too`(rate: Float) {
    let (rows, width, hidden) = (4, 8, 12)
    let layer = FeedForward(geluGated: "f", width: width, hidden: hidden, initialScale: 1)
    for (index, parameter) in layer.parameters.enumerated() where parameter.name != "f.scale" {
      parameter.value.copy(from: randomTensor(parameter.shape, seed: UInt64(index), deviation: 0.5))
    }
    let mask = Dropout(rate: rate, stream: RandomStream(seed: 1, purpose: "test")).mask(first: 5)
    let (x, dy) = (randomTensor([rows, width], seed: 7), randomTensor([rows, width], seed: 8))
    let (y, gates, activated) = (Tensor(rows, width), Tensor(rows, 2 * hidden), Tensor(rows, hidden))
    let (dx, dgates) = (Tensor(rows, width), Tensor(rows, 2 * hidden))
    let weights = FeedForward.Weights<Float>(layer, backward: true)
    func loss() -> Double {
      weights.projection.fold()
      weights.down.refresh()
      weights.factors.refresh()
      layer.forward(
        RowView(x), rows: rows, weights: weights, gates: gates.pointer, activated: activated.pointer,
        mask: mask, into: RowView(y))
      return dot(y, dy)
    }
    _ = loss()
    let forward = activated.values
    let exact = (0..<rows * hidden).map { index -> Float in
      let (row, column) = (index / hidden, index % hidden)
      let bias = layer.factors[0].bias!.value
      let value = Double(gates.row(row)[column] + bias[column])
      let gate = Double(gates.row(row)[hidden + column] + bias[hidden + column])
      return Float(value * gate * (1 + erf(gate / 2.0.squareRoot())) / 2)
    }
    if rate == 0 {
      #expect(largestDifference(forward, exact) < 1e-6)
    } else {
      #expect(zip(forward, exact).allSatisfy { $0 == 0 || abs($0 - $1 / 0.6) < 1e-5 } && forward.contains(0))
    }
    layer.backward(
      RowView(dy), rows: rows, weights: weights, gates: gates.pointer, activated: activated.pointer,
      dgates: dgates.pointer, mask: mask, into: RowView(dx))
    #expect(largestDifference(forward, activated.values) < 1e-6)
    layer.factors[0].accumulateGradient(0..<2 * hidden, dy: RowView(dgates), x: RowView(x), rows: rows)
    expectDifferencesMatch("x", x, gradient: dx, loss: loss)
    for parameter in layer.factors[0].parameters {
      expectDifferencesMatch(parameter.name, parameter.value, gradient: parameter.gradient, loss: loss)
    }
  }

  @Test func `rotation keeps lengths, undoes itself, and sends the class row to zero`() {
    let table = RotaryTable(gridHeight: 3, gridWidth: 4, headWidth: 8)
    let x = randomTensor([2, 16], seed: 1)
    let rotated = Tensor([2, 16], values: x.values)
    table.rotate(RowView(rotated), rows: 2, heads: 2, by: [6, 0])
    let length = { (values: ArraySlice<Float>) in values.reduce(0) { $0 + $1 * $1 } }
    #expect(abs(length(rotated.values[0..<16]) - length(x.values[0..<16])) < 1e-4)
    #expect(rotated.values[16...].allSatisfy { $0 == 0 })
    table.rotateBackward(RowView(rotated), rows: 1, heads: 2, by: [6])
    #expect(largestDifference(Array(rotated.values.prefix(16)), Array(x.values.prefix(16))) < 1e-5)
  }

  @Test(
    arguments: [3, 64, 70, 130].map { ($0, CausalAttention.Queries.all) }
      + [2, 64, 132].map { ($0, CausalAttention.Queries(first: 1, step: 2)) })
  func `causal attention's gradients are right across blocks of rows`(
    length: Int, queries: CausalAttention.Queries
  ) {
    let layer = CausalAttention(heads: 2, headWidth: 4)
    let qkv = randomTensor([length, 24], seed: 1)
    let asked = queries.count(of: length)
    let dout = randomTensor([asked, 8], seed: 2)
    let (out, logSumExp, dqkv) = (Tensor(asked, 8), Tensor(asked, 2), Tensor(length, 24))
    let scratch = CausalAttention.Scratch<Float>(length: length, headWidth: 4, training: true)
    func loss() -> Double {
      layer.forward(
        RowView(qkv), length: length, queries: queries, into: RowView(out), logSumExp: RowView(logSumExp),
        scratch: scratch)
      return dot(out, dout)
    }
    _ = loss()
    layer.backward(
      RowView(dout), qkv: RowView(qkv), logSumExp: RowView(logSumExp), length: length, queries: queries,
      into: RowView(dqkv), scratch: scratch)
    expectDifferencesMatch("qkv", qkv, gradient: dqkv, loss: loss)
  }

  @Test func `attention is causal and equals its definition`() {
    let (length, head) = (70, 4)
    let qkv = randomTensor([length, 12], seed: 1)
    let (out, logSumExp) = (Tensor(length, head), Tensor(length, 1))
    let scratch = CausalAttention.Scratch<Float>(length: length, headWidth: head, training: false)
    CausalAttention(heads: 1, headWidth: head).forward(
      RowView(qkv), length: length, into: RowView(out), logSumExp: RowView(logSumExp), scratch: scratch)
    for row in [0, 1, 63, 64, 69] {
      let scores = (0...row).map { other in
        exp(
          (0..<head).reduce(0.0) { $0 + Double(qkv[row * 12 + $1]) * Double(qkv[other * 12 + head + $1]) } / 2
        )
      }
      for column in 0..<head {
        let value = (0...row).reduce(0.0) { $0 + scores[$1] * Double(qkv[$1 * 12 + 2 * head + column]) }
        #expect(abs(Double(out[row * head + column]) - value / scores.reduce(0, +)) < 1e-5)
      }
    }
  }

  @Test func `the gated feed-forward layer's gradients are right`() {
    let (rows, width, hidden) = (4, 8, 12)
    let layer = FeedForward(siluGated: "f", width: width, hidden: hidden)
    for (index, linear) in (layer.factors + [layer.down.linear]).enumerated() {
      linear.weight.value.copy(
        from: randomTensor(linear.weight.value.shape, seed: UInt64(index), deviation: 0.5))
    }
    let x = randomTensor([rows, width], seed: 7)
    let dy = randomTensor([rows, width], seed: 8)
    let (y, gates, activated) = (Tensor(rows, width), Tensor(rows, 2 * hidden), Tensor(rows, hidden))
    let (dx, dgates) = (Tensor(rows, width), Tensor(rows, 2 * hidden))
    let weights = FeedForward.Weights<Float>(layer, backward: true)
    func loss() -> Double {
      layer.forward(
        RowView(x), rows: rows, weights: weights, gates: gates.pointer, activated: activated.pointer,
        into: RowView(y))
      return dot(y, dy)
    }
    _ = loss()
    let forward = activated.values
    layer.backward(
      RowView(dy), rows: rows, weights: weights, gates: gates.pointer, activated: activated.pointer,
      dgates: dgates.pointer, into: RowView(dx))
    #expect(largestDifference(forward, activated.values) < 1e-6)
    for (linear, dyView, xView) in [
      (layer.factors[0], RowView(dgates), RowView(x)),
      (layer.factors[1], RowView(dgates, column: hidden), RowView(x)),
      (layer.down.linear, RowView(dy), RowView(activated)),
    ] {
      linear.accumulateGradient(0..<linear.outputs, dy: dyView, x: xView, rows: rows)
    }
    expectDifferencesMatch("x", x, gradient: dx, loss: loss)
    for linear in layer.factors + [layer.down.linear] {
      expectDifferencesMatch(
        linear.weight.name, linear.weight.value, gradient: linear.weight.gradient, loss: loss)
    }
  }

  @Test func `cross entropy's gradient is right`() {
    let (rows, columns) = (3, 19)
    let logits = randomTensor([rows, columns], seed: 1)
    let targets: [Int32] = [4, 0, 18]
    let losses = Tensor(rows)
    func total(_ work: Tensor) -> Double {
      CrossEntropy.forwardBackward(
        work.pointer, target: targets, loss: losses.pointer, gradient: work.pointer, rows: rows,
        columns: columns, weight: 0.5)
      return losses.values.reduce(0) { $0 + Double($1) } * 0.5
    }
    let gradient = Tensor(logits.shape, values: logits.values)
    _ = total(gradient)
    expectDifferencesMatch("logits", logits, gradient: gradient) {
      total(Tensor(logits.shape, values: logits.values))
    }
  }

  @Test func `log confidence keeps its resolution near certainty`() {
    let logits: [Float] = [20, 0, 0, 0]
    var (score, best): (Float, Int32) = (0, 0)
    CrossEntropy.logConfidence(logits, into: &score, best: &best, rows: 1, columns: 4)
    let exact = -log1p(3 * exp(-20.0))
    #expect(best == 0 && abs(Double(score) / exact - 1) < 1e-4)
  }

  @Test func `dropout keeps the expectation and repeats its mask`() {
    let dropout = Dropout(rate: 0.25, stream: .init(seed: 1, purpose: "test"))
    let ones = Tensor([100_000], values: [Float](repeating: 1, count: 100_000))
    dropout.apply(ones.pointer, count: 100_000, first: 17)
    let kept = ones.values.filter { $0 != 0 }
    #expect(kept.allSatisfy { abs($0 - 4 / 3) < 1e-6 })
    // Standard deviation of the share is 0.0014.
    #expect(abs(Double(kept.count) / 100_000 - 0.75) < 0.007)
    let part = Tensor([1000], values: [Float](repeating: 1, count: 1000))
    dropout.apply(part.pointer, count: 1000, first: 17 + 500)
    #expect(part.values == Array(ones.values[500..<1500]))
  }
}
