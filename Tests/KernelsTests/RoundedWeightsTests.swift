import Kernels
import Testing

/// Weights of products in bfloat16, native or emulated, are rounded before they are multiplied.
@Suite(
  .enabled(
    if: Precision.bfloat16.unavailableReason == nil,
    "\(Precision.bfloat16.unavailableReason ?? "bfloat16 is there")"))
struct RoundedWeightsTests {
  @Test(arguments: [false, true]) func `a weight between two numbers counts as the nearer one`(backward: Bool)
  {
    let (inputs, outputs, rows) = (64, 48, 3)
    // 1 + 2⁻⁹ lies between 1 and 1 + 2⁻⁷; sums of ones are exact.
    let weight = Tensor([outputs, inputs], values: [Float](repeating: 1 + 0x1p-9, count: outputs * inputs))
    let weights = BFloat16.Weights([weight], backward: true)
    func expect(_ value: Float) {
      let (from, to) = backward ? (outputs, inputs) : (inputs, outputs)
      let x = TensorOf<BFloat16>(
        [rows, from], values: [BFloat16](repeating: BFloat16(1), count: rows * from))
      let y = Tensor(rows, to)
      if backward {
        weights.backward(Rows(x), rows: rows, into: RowView(y))
      } else {
        weights.forward(Rows(x), rows: rows, adding: false, into: RowView(y))
      }
      #expect(y.values.allSatisfy { $0 == value * Float(from) })
    }
    expect(1)
    weight.fill(1 + 0x1.8p-7)
    weights.refresh()
    expect(1 + 0x1p-6)
  }
}
