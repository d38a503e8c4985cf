import Kernels
import Testing

@Suite struct ProductTests {
  private func values(_ shape: [Int], _ seed: Int) -> Tensor {
    let count = shape.reduce(1, *)
    return Tensor(shape, values: (0..<count).map { Float(($0 * 7919 + seed * 104_729) % 2003) / 1000 - 1 })
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
          let sum = (0..<k).reduce(0.0) { $0 + element(a, left, i, $1) * element(b, right, $1, j) }
          let exact = Double(before[i * n + j]) + sum
          #expect(abs(Double(c[i * n + j]) - exact) < 1e-4 * Double(k))
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

  @Test func `tensors are aligned and start at zero`() {
    let tensor = Tensor(3, 5)
    #expect(Int(bitPattern: tensor.pointer) % 64 == 0)
    #expect(tensor.values == [Float](repeating: 0, count: 15))
    #expect(tensor.rows == 3 && tensor.columns == 5)
  }
}
