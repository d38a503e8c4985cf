import Generation
import Kernels
import Models
import Orders
import TestSupport
import Testing

@Suite struct MemoryTests {
  /// With guidance an image has two sequences, and the teacher has one of its own.
  @Test func `an image's memory is that of its sequences`() {
    let configuration = AnyOrderConfiguration(
      width: 1280, layers: 36, heads: 20, hidden: 3584, codes: 16_384, classes: 1000, gridHeight: 16,
      gridWidth: 16)
    let sequence = GreedyOrderExtractor.bytesPerImage(configuration, precision: .bfloat16)
    let guided = GenerationSettings(sampler: TokenSampler(), guidanceStart: 1, guidanceEnd: 4)
    func bytes(_ teacher: AnyOrderConfiguration?, completing: Bool = false) -> Int {
      ImageGenerator.bytesPerImage(
        configuration, teacher: teacher, settings: guided, precision: .bfloat16, completing: completing)
    }
    #expect(bytes(configuration) == 3 * sequence)
    #expect(bytes(nil) == 2 * sequence)
    #expect(bytes(nil, completing: true) == 4 * sequence)
  }
}
