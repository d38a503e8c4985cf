import Kernels
import Testing

@Suite struct ProductTests {
  private func values(_ shape: [Int], _ seed: Int) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor(shape, values: (0..<count).map { Float(($0 * 7919 + seed * 104_729) % 2003) / 1000 - 1 })
  }

  /// A sum in single precision may be off by n · 2⁻²⁴ of the terms' absolute values, added in any order, with or without
  /// fused operations (Higham 2002, §3.1): the limit holds on every CPU.
  private func expectSum(
    _ found: Double, of terms: [Double], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let limit = Double(terms.count + 1) * 0x1p-24 * terms.reduce(0) { $0 + abs($1) }
    #expect(abs(found - terms.reduce(0, +)) <= limit, sourceLocation: sourceLocation)
  }

  private func element(_ t: Tensor, _ orientation: Orientation, _ i: Int, _ j: Int) -> Double {
    Double(orientation == .asIs ? t[i * t.columns + j] : t[j * t.columns + i])
  }

  @Test(arguments: [
    (1, 1, 1), (3, 5, 7), (17, 300, 33), (700, 40, 64), (40, 700, 64), (600, 600, 20),
  ])
  func `products equal their definition in every orientation`(m: Int, n: Int, k: Int) {
    for left in [Orientation.asIs, .transposed] {
      for right in [Orientation.asIs, .transposed] {
        let a = values(left == .asIs ? [m, k] : [k, m], 1)
        let b = values(right == .asIs ? [k, n] : [n, k], 2)
        let c = values([m, n], 3)
        let before = c.values
        multiply(a, left, b, right, beta: 1, into: c)
        for (i, j) in [(0, 0), (m - 1, n - 1), (m / 2, n / 3), (m / 3, n / 2)] {
          let terms = (0..<k).map { element(a, left, i, $0) * element(b, right, $0, j) }
          expectSum(Double(c[i * n + j]), of: terms + [Double(before[i * n + j])])
        }
      }
    }
  }

  @Test func `every index is run exactly once on any number of workers`() {
    let counts = Tensor(1000)
    Parallel.forEachWorker(1000, workers: 3) { index, worker in
      counts.pointer[index] += 1
      if worker >= 3 { counts.pointer[index] = -100 }
    }
    #expect(counts.values.allSatisfy { $0 == 1 })
    Parallel.forEach(0) { _ in counts.pointer[0] = 5 }
    #expect(counts[0] == 1)
  }

  @Test func `work within work is done, by the thread that asks for it`() {
    let counts = Tensor(64, 64)
    Parallel.configure(threads: 4)
    Parallel.forEach(64) { row in
      Parallel.forEach(64) { column in counts.pointer[row * 64 + column] += 1 }
    }
    #expect(counts.values.allSatisfy { $0 == 1 })
  }

  /// Sizes that leave parts of panels, of tiles and of row chunks; the last one is several threads' work.
  @Test(arguments: [(1, 1), (7, 5), (16, 64), (33, 200), (150, 384), (403, 384)])
  func `products with packed weights equal their definition for any number of rows`(outputs: Int, inputs: Int)
  {
    let parts = [values([outputs, inputs], 1), values([3, inputs], 2)]
    let stacked = parts.flatMap(\.values)
    let weights = Float.Weights(parts, backward: false)
    let width = outputs + 3
    for rows in Array(1...27) + [64, 131, 300] {
      let x = values([rows, inputs], 4)
      let y = values([rows, width], 5)
      let before = y.values
      weights.forward(RowView(x), rows: rows, adding: true, into: RowView(y))
      for row in 0..<rows {
        for output in [0, outputs - 1, outputs, width - 1] + Array(stride(from: 5, to: width, by: 23)) {
          let terms = (0..<inputs).map {
            Double(x[row * inputs + $0]) * Double(stacked[output * inputs + $0])
          }
          expectSum(Double(y[row * width + output]), of: terms + [Double(before[row * width + output])])
        }
      }
    }
  }

  @Test func `a row's product with packed weights is the same to the bit beside any others`() {
    let (outputs, inputs) = (100, 77)
    let weights = Float.Weights([values([outputs, inputs], 1)], backward: false)
    let x = values([200, inputs], 2)
    let all = Tensor(200, outputs)
    weights.forward(RowView(x), rows: 200, adding: false, into: RowView(all))
    for count in 1...20 {
      for first in [0, 3, 200 - count] {
        let some = Tensor(count, outputs)
        weights.forward(RowView(x, row: first), rows: count, adding: false, into: RowView(some))
        #expect(some.values == Array(all.values[first * outputs..<(first + count) * outputs]))
      }
    }
  }

  @Test func `tensors are aligned and start at zero`() {
    let tensor = Tensor(3, 5)
    #expect(Int(bitPattern: tensor.pointer) % 64 == 0)
    #expect(tensor.values == [Float](repeating: 0, count: 15))
    #expect(tensor.rows == 3 && tensor.columns == 5)
  }
}
