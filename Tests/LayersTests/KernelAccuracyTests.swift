import CKernels
import Foundation
import Kernels
import Layers
import Randomness
import TestSupport
import Testing

/// Kernels against their definition in double precision: the own exponential through what computes with it, norms, masks.
@Suite struct KernelAccuracyTests {
  @Test func `a sigmoid has seven digits over the range of floats`() {
    let x = stride(from: Float(-80), through: 80, by: 0.037).map { $0 }
    let y = Swish().forward(Tensor([1, 1, x.count, 1], values: x), saving: nil).values
    for (x, y) in zip(x, y) where x != 0 {
      let exact = Double(x) / (1 + exp(-Double(x)))
      #expect(abs(Double(y) - exact) <= 4e-7 * abs(exact), "x = \(x)")
    }
  }

  @Test func `a cross entropy of spread logits has six digits`() {
    let columns = 37
    let logits = randomTensor([5, columns], seed: 3, deviation: 6)
    let exact = (0..<5).map { row in
      let line = logits.values[row * columns..<(row + 1) * columns].map(Double.init)
      let top = line.max() ?? 0
      return top - line[row] + log(line.reduce(0) { $0 + exp($1 - top) })
    }
    let losses = Tensor(5)
    CrossEntropy.forwardBackward(
      logits.pointer, target: [0, 1, 2, 3, 4], loss: losses.pointer, gradient: logits.pointer, rows: 5,
      columns: columns, weight: 1)
    for (found, exact) in zip(losses.values, exact) {
      #expect(abs(Double(found) - exact) <= 1e-6 * (1 + exact))
    }
  }

  @Test func `fused and plain dropout drop the same values by the same factor`() {
    let dropout = Dropout(rate: 0.3, stream: .init(seed: 5, purpose: "test"))
    let (rows, width) = (6, 20)
    let branch = randomTensor([rows, width], seed: 1)
    let plain = Tensor([rows, width], values: branch.values)
    dropout.apply(plain.pointer, count: plain.count, first: 40)
    let norm = RowNorm(rootMeanSquare: "g", width: width)
    let (x, sum) = (randomTensor([rows, width], seed: 2), Tensor(rows, width))
    let (y, root) = (Tensor(rows, width), Tensor(rows))
    norm.forward(
      x.pointer, adding: branch.pointer, mask: dropout.mask(first: 40), rows: rows, residual: sum.pointer,
      into: y.pointer, reciprocalRoot: root.pointer)
    #expect(sum.values == zip(x.values, plain.values).map { $0 + $1 })
    let masked = Tensor(rows, width)
    Float.kernels.masked(branch.pointer, dropout.mask(first: 40), masked.pointer, branch.count)
    #expect(masked.values == plain.values)
    #expect(
      plain.values.contains(0) && plain.values.prefix(width) != plain.values.dropFirst(width).prefix(width))
  }

  @Test(arguments: [Float(1), 0.01, 1e-4, 0])
  func `root mean square normalisation adds epsilon inside the root`(size: Float) {
    let (rows, width) = (3, 20)
    let norm = RowNorm(rootMeanSquare: "g", width: width, epsilon: 1e-5)
    norm.gain.value.copy(from: randomTensor([width], seed: 4))
    let x = Tensor([rows, width], values: randomTensor([rows, width], seed: 5).values.map { $0 * size })
    let (y, root) = (Tensor(rows, width), Tensor(rows))
    norm.forward(x.pointer, rows: rows, into: y.pointer, reciprocalRoot: root.pointer)
    for row in 0..<rows {
      let line = x.values[row * width..<(row + 1) * width].map(Double.init)
      let exact = 1 / (line.reduce(0) { $0 + $1 * $1 } / Double(width) + 1e-5).squareRoot()
      #expect(abs(Double(root[row]) - exact) <= 1e-6 * exact)
      for column in 0..<width {
        let value = line[column] * exact * Double(norm.gain.value[column])
        #expect(abs(Double(y[row * width + column]) - value) <= 2e-6 * abs(value))
      }
    }
  }
}
