import Kernels
import Models
import Orders
import TestSupport
import Testing

@Suite struct MemoryBudgetTests {
  @Test func `a budget takes as many images as fit, one at least, and never more than the batch`() {
    #expect(MemoryBudget(mebibytes: 0).images(of: 50, bytesPerImage: 1 << 30) == 50)
    #expect(MemoryBudget(mebibytes: 64).images(of: 50, bytesPerImage: 3 << 20) == 21)
    #expect(MemoryBudget(mebibytes: 64).images(of: 20, bytesPerImage: 3 << 20) == 20)
    #expect(MemoryBudget(mebibytes: 64).images(of: 50, bytesPerImage: 1 << 30) == 1)
  }

  /// RandAR-XL: keys and values of 512 rows and projections of 257 in 36 blocks of width 1280.
  @Test func `an image's memory is known beforehand`() {
    let configuration = AnyOrderConfiguration(
      width: 1280, layers: 36, heads: 20, hidden: 3584, codes: 16_384, classes: 1000, gridHeight: 16,
      gridWidth: 16)
    let numbers = 36 * (512 * 2 + 257 * 3) * 1280
    #expect(GreedyOrderExtractor.bytesPerImage(configuration, precision: .float32) == 4 * numbers)
    #expect(GreedyOrderExtractor.bytesPerImage(configuration, precision: .bfloat16) == 2 * numbers)
  }
}
