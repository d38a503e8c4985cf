import Kernels
import Testing

/// bfloat16: rounding, and oneDNN's products against their definition on the rounded factors.
@Suite struct BFloat16Tests {
  @Test func `rounding is to nearest, ties to even`() {
    #expect(BFloat16(1).float == 1)
    #expect(BFloat16(1 + 0x1p-8).float == 1)  // half-way between 1 and 1 + 2⁻⁷: to the even one
    #expect(BFloat16(1 + 0x1.8p-7).float == 1 + 0x1p-6)
    #expect(BFloat16(1 + 0x1.1p-8).float == 1 + 0x1p-7)
    #expect(BFloat16(-3.0e38).float < -2.9e38)
    #expect(BFloat16(.infinity).float == .infinity && BFloat16(.nan).float.isNaN)
  }

  @Test func `kernels round as the type does`() {
    let values = (0..<1000).map { Float($0 * 7919 % 2003) / 977 - 1 }
    let x = Tensor([1000], values: values)
    let stored = TensorOf<BFloat16>(1000)
    BFloat16.kernels.narrow(x.pointer, 1000, stored.pointer, 1000, 1, 1000)
    #expect(stored.values == values.map(BFloat16.init))
    let back = Tensor(1000)
    BFloat16.kernels.widen(stored.pointer, 1000, back.pointer, 1000, 1, 1000)
    #expect(back.values == stored.values.map(\.float))
  }

  private func factor(_ rows: Int, _ columns: Int, _ seed: Int) -> TensorOf<BFloat16> {
    TensorOf(
      [rows, columns],
      values: (0..<rows * columns).map { BFloat16(Float(($0 * 7919 + seed * 104_729) % 2003) / 1000 - 1) })
  }

  static let isAvailable = Precision.available.contains(.bfloat16)
  static let absent: Comment = "NOT TESTED: bfloat16, since \(Precision.bfloat16.unavailableReason ?? "")"
  static let shapes = [(1, 1, 1), (3, 5, 7), (17, 300, 33), (2, 1152, 384), (70, 64, 128), (256, 96, 384)]

  @Test(.enabled(if: isAvailable, absent), arguments: shapes)
  func `products equal their definition in every orientation`(m: Int, n: Int, k: Int) {
    for left in [Orientation.asIs, .transposed] {
      for right in [Orientation.asIs, .transposed] {
        let a = left == .asIs ? factor(m, k, 1) : factor(k, m, 1)
        let b = right == .asIs ? factor(k, n, 2) : factor(n, k, 2)
        func exact(_ i: Int, _ j: Int) -> Float {
          (0..<k).reduce(Float(0)) { sum, l in
            let x = left == .asIs ? a[i * k + l] : a[l * m + i]
            let y = right == .asIs ? b[l * n + j] : b[j * k + l]
            return sum + x.float * y.float
          }
        }
        let (c, rounded) = (Tensor(m, n), TensorOf<BFloat16>(m, n))
        c.fill(3)
        BFloat16.product(m, n, k, Rows(a), left, Rows(b), right, adding: true, into: RowView(c))
        BFloat16.product(m, n, k, Rows(a), left, Rows(b), right, storing: Rows(rounded))
        for (i, j) in [(0, 0), (m - 1, n - 1), (m / 2, n / 3), (m / 3, n / 2)] {
          let sum = exact(i, j)
          #expect(abs(c[i * n + j] - 3 - sum) < 1e-5 * Float(k) + 1e-5)
          #expect(abs(rounded[i * n + j].float - sum) < abs(sum) / 128 + 1e-5 * Float(k))
        }
      }
    }
  }

  @Test(
    .enabled(if: isAvailable, absent),
    arguments: [1, 2, 16, 24, 33, 256], [(64, 128), (384, 1152), (100, 33)])
  func `packed weights multiply any number of rows, and follow the values`(rows: Int, sizes: (Int, Int)) {
    let (inputs, outputs) = sizes
    let rounded = factor(outputs, inputs, 3)
    let weight = Tensor([outputs, inputs], values: rounded.values.map(\.float))
    let weights = BFloat16.Weights([weight, weight], backward: true)
    let x = factor(rows, inputs, 4)
    let y = Tensor(rows, 2 * outputs)
    func expected(_ row: Int, _ output: Int, _ factor: Float) -> Float {
      (0..<inputs).reduce(Float(0)) {
        $0 + x[row * inputs + $1].float * rounded[output * inputs + $1].float * factor
      }
    }
    for factor in [Float(1), 2] {
      if factor == 2 {
        weight.copy(from: Tensor(weight.shape, values: rounded.values.map { $0.float * 2 }))
        weights.refresh()
      }
      weights.forward(Rows(x), rows: rows, adding: false, into: RowView(y))
      for (row, output) in [(0, 0), (rows - 1, outputs - 1), (rows / 2, outputs / 3)] {
        for part in 0..<2 {
          let found = y[row * 2 * outputs + part * outputs + output]
          #expect(abs(found - expected(row, output, factor)) < 1e-5 * Float(inputs))
        }
      }
    }
    let dy = self.factor(rows, 2 * outputs, 5)
    let dx = Tensor(rows, inputs)
    weights.backward(Rows(dy), rows: rows, into: RowView(dx))
    let (row, input) = (rows - 1, inputs / 2)
    let sum = (0..<2 * outputs).reduce(Float(0)) {
      $0 + dy[row * 2 * outputs + $1].float * weight[($1 % outputs) * inputs + input]
    }
    #expect(abs(dx[row * inputs + input] - sum) < 2e-5 * Float(outputs))
  }

  @Test(.enabled(if: isAvailable, absent))
  func `a row's product does not depend on the rows beside it`() {
    let (inputs, outputs) = (384, 1152)
    let weight = Tensor([outputs, inputs], values: factor(outputs, inputs, 3).values.map(\.float))
    let weights = BFloat16.Weights([weight], backward: false)
    let x = factor(300, inputs, 4)
    let whole = Tensor(300, outputs)
    weights.forward(Rows(x), rows: 300, adding: false, into: RowView(whole))
    for (first, rows) in [(0, 1), (7, 2), (100, 16), (13, 33), (40, 256)] {
      let part = Tensor(rows, outputs)
      weights.forward(Rows(x, row: first), rows: rows, adding: false, into: RowView(part))
      let expected = Array(whole.values[first * outputs..<(first + rows) * outputs])
      let differing = (0..<part.count).filter { part[$0] != expected[$0] }
      #expect(
        differing.isEmpty,
        "\(rows) rows from \(first): \(differing.count) values differ, such as \(differing.prefix(3))")
    }
  }
}
