import Kernels
import Layers
import Testing

@Suite struct ParameterArenaTests {
  private static let shapes = [[3, 5], [1], [16], [2, 2, 2], [0], [4, 9]]

  private static func parameters() -> [Parameter] {
    shapes.enumerated().map { Parameter("p\($0)", shape: $1, initialValue: $0 == 1 ? 7 : 0) }
  }

  @Test func `values and gradients are views of one tensor each, aligned and without overlap`() {
    let parameters = Self.parameters()
    let arena = ParameterArena(parameters)
    #expect(arena.layout.offsets == [0, 16, 32, 48, 64, 64] && arena.layout.count == 112)
    #expect(arena.values.count == 112 && arena.gradients.count == 112)
    #expect(parameters[1].value.values == [7])
    for (index, parameter) in parameters.enumerated() {
      let offset = arena.layout.offsets[index]
      #expect(parameter.value.shape == Self.shapes[index] && parameter.gradient.shape == Self.shapes[index])
      #expect(parameter.value.pointer == arena.values.pointer + offset)
      #expect(parameter.gradient.pointer == arena.gradients.pointer + offset)
      #expect(UInt(bitPattern: parameter.value.pointer) % 64 == 0)
      #expect(UInt(bitPattern: parameter.gradient.pointer) % 64 == 0)
      #expect(parameter.value === parameter.value && parameter.gradient === parameter.gradient)
      parameter.value.fill(Float(index + 1))
      parameter.gradient.fill(Float(-index - 1))
    }
    for (index, shape) in Self.shapes.enumerated() {
      let count = shape.reduce(1, *)
      #expect(parameters[index].value.values == [Float](repeating: Float(index + 1), count: count))
      #expect(parameters[index].gradient.values == [Float](repeating: Float(-index - 1), count: count))
    }
    let gaps = zip(arena.values.values, arena.gradients.values).filter { $0 == 0 && $1 == 0 }
    #expect(gaps.count == 112 - parameters.reduce(0) { $0 + $1.count })
  }

  @Test func `views keep the memory alive`() {
    var parameters = Self.parameters()
    _ = ParameterArena(parameters)
    let value = parameters[3].value
    value.fill(3)
    parameters = []
    // Memory that had been given back would be handed out again.
    let others = (0..<50).map { _ in Tensor([112]) }
    for other in others { other.fill(9) }
    #expect(value.values == [Float](repeating: 3, count: 8))
  }

  @Test func `a parameter by itself has memory of its own, with its initial value`() {
    let parameter = Parameter("gain", shape: [4], initialValue: 1)
    #expect(parameter.value.values == [1, 1, 1, 1])
    #expect(parameter.gradient.values == [0, 0, 0, 0])
    #expect(parameter.value === parameter.value && parameter.count == 4 && !parameter.decays)
  }
}
