import Kernels
import Layers
import Randomness
import TestSupport
import Testing

/// Compares backward passes with central differences of a random linear function of the output.
private func expectGradientsMatch(
  _ layer: some ImageLayer, input shape: [Int], tolerance: Float = 1e-2,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  var stream = RandomStream(seed: 3, purpose: "test.layer")
  let x = Tensor(shape, values: stream.normals(shape.reduce(1, *)))
  for parameter in layer.parameters {
    let isGain = parameter.value.shape.count == 1 && parameter.name.hasSuffix("weight")
    for (index, value) in stream.normals(parameter.value.count, deviation: 0.3).enumerated() {
      parameter.value[index] = value + (isGain ? 1 : 0)
    }
  }
  let saved = Activations()
  let y = layer.forward(x, saving: saved)
  let dy = Tensor(y.shape, values: stream.normals(y.count))
  let dx = layer.backward(dy, from: saved)
  #expect(saved.isEmpty, sourceLocation: sourceLocation)
  #expect(layer.forward(x, saving: nil).values == y.values, sourceLocation: sourceLocation)

  func loss() -> Double {
    let y = layer.forward(x, saving: nil)
    return zip(y.values, dy.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
  func check(_ name: String, _ value: Tensor, _ gradient: Tensor) {
    expectDifferencesMatch(
      name, value, gradient: gradient, tolerance: tolerance, sourceLocation: sourceLocation, loss: loss)
  }
  if dx.count > 0 { check("x", x, dx) }
  for parameter in layer.parameters { check(parameter.name, parameter.value, parameter.gradient) }
}

/// A convolution by its definition.
private func directConvolution(_ layer: Convolution, _ x: Tensor) -> [Float] {
  let (batch, height, width) = (x.shape[0], x.shape[1], x.shape[2])
  let padding = layer.padding
  let outHeight = (height + padding.top + padding.bottom - layer.kernel) / layer.stride + 1
  let outWidth = (width + padding.left + padding.right - layer.kernel) / layer.stride + 1
  var result = [Float]()
  for b in 0..<batch {
    for i in 0..<outHeight {
      for j in 0..<outWidth {
        for o in 0..<layer.outputs {
          var sum = Double(layer.bias.value[o])
          for c in 0..<layer.inputs {
            for u in 0..<layer.kernel {
              for v in 0..<layer.kernel {
                let (y, z) = (i * layer.stride + u - padding.top, j * layer.stride + v - padding.left)
                guard y >= 0, y < height, z >= 0, z < width else { continue }
                let weight = layer.weight.value[
                  ((o * layer.inputs + c) * layer.kernel + u) * layer.kernel + v]
                sum += Double(weight) * Double(x[((b * height + y) * width + z) * layer.inputs + c])
              }
            }
          }
          result.append(Float(sum))
        }
      }
    }
  }
  return result
}

@Suite struct ImageLayerTests {
  /// New layers at each access, since tests that share them would run at once.
  static var convolutions: [(Convolution, [Int])] {
    [
      (Convolution("c", inputs: 3, outputs: 5, kernel: 3), [2, 5, 7, 3]),
      (Convolution("c", inputs: 1, outputs: 16, kernel: 3), [1, 28, 28, 1]),
      (Convolution("c", inputs: 17, outputs: 1, kernel: 3), [3, 4, 4, 17]),
      (Convolution("c", inputs: 6, outputs: 4, kernel: 1), [2, 3, 5, 6]),
      (Convolution("c", inputs: 4, outputs: 4, kernel: 3, stride: 2, padding: .trailing), [2, 8, 6, 4]),
      (
        Convolution("c", inputs: 2, outputs: 9, kernel: 4, stride: 4, padding: Convolution.Padding.none),
        [2, 8, 8, 2]
      ),
      (Convolution("c", inputs: 2, outputs: 3, kernel: 3), [1, 1, 1, 2]),
      (Convolution("c", inputs: 32, outputs: 8, kernel: 3), [2, 40, 30, 32]),
      (
        Convolution("c", inputs: 3, outputs: 4, kernel: 4, stride: 2, padding: .even(1), hasBias: false),
        [2, 7, 6, 3]
      ),
    ]
  }

  @Test(arguments: convolutions.indices) func `a convolution equals its definition`(_ index: Int) {
    let (layer, shape) = Self.convolutions[index]
    var stream = RandomStream(seed: 8, purpose: "test.convolution")
    for parameter in layer.parameters {
      for (index, value) in stream.normals(parameter.value.count).enumerated() {
        parameter.value[index] = value
      }
    }
    let x = Tensor(shape, values: stream.normals(shape.reduce(1, *)))
    let y = layer.forward(x, saving: nil)
    let expected = directConvolution(layer, x)
    #expect(y.count == expected.count)
    #expect(zip(y.values, expected).allSatisfy { abs($0 - $1) < 1e-4 * (1 + abs($1)) })
  }

  @Test(arguments: convolutions.indices) func `a convolution's gradients match differences`(_ index: Int) {
    let (layer, shape) = Self.convolutions[index]
    expectGradientsMatch(layer, input: shape)
  }

  @Test func `the first convolution returns no gradient of its input`() {
    let layer = Convolution("c", inputs: 2, outputs: 3, kernel: 3, isFirst: true)
    let saved = Activations()
    let y = layer.forward(Tensor(1, 4, 4, 2), saving: saved)
    #expect(layer.backward(y, from: saved).count == 0)
    expectGradientsMatch(layer, input: [2, 4, 4, 2])
  }

  @Test func `group norm gives groups of mean zero and variance one`() {
    let layer = GroupNorm("n", channels: 6, groups: 4)
    #expect(layer.groups == 2)
    layer.gain.value.fill(1)
    var stream = RandomStream(seed: 1, purpose: "test.norm")
    let x = Tensor([2, 3, 3, 6], values: stream.normals(108, deviation: 4).map { $0 + 100 })
    let y = layer.forward(x, saving: nil).values
    for image in 0..<2 {
      for group in 0..<2 {
        let values = (0..<9).flatMap { pixel in (0..<3).map { y[(image * 9 + pixel) * 6 + group * 3 + $0] } }
        #expect(abs(values.reduce(0, +) / 27) < 1e-4)
        #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 27 - 1) < 1e-3)
      }
    }
  }

  @Test(arguments: [(4, 2), (6, 32), (48, 32), (5, 1)])
  func `group norm's gradients match differences`(_ channels: Int, _ groups: Int) {
    expectGradientsMatch(GroupNorm("n", channels: channels, groups: groups), input: [2, 4, 3, channels])
  }

  @Test func `the gradients of swish, upsampling, attention and residual blocks match differences`() {
    expectGradientsMatch(Swish(), input: [2, 3, 3, 5])
    expectGradientsMatch(NearestUpsample(), input: [2, 3, 2, 5])
    expectGradientsMatch(SpatialMean(), input: [2, 3, 2, 5])
    expectGradientsMatch(SpatialAttention("a", channels: 8), input: [2, 3, 4, 8])
    expectGradientsMatch(ResidualBlock.convolutional("r", inputs: 4, outputs: 4), input: [2, 4, 4, 4])
    expectGradientsMatch(ResidualBlock.convolutional("r", inputs: 4, outputs: 6), input: [2, 4, 4, 4])
    expectGradientsMatch(ResidualBlock.pointwise("r", channels: 6), input: [2, 3, 3, 6])
  }

  @Test func `the gradients of leaky ReLU and batch norm match differences`() {
    // Differences across the bend would be wrong, so the slope on both sides is asked where x is not near 0.
    let layer = LeakyReLU(slope: 0.3)
    let saved = Activations()
    let y = layer.forward(Tensor([1, 1, 1, 4], values: [-2, -0.5, 0.5, 3]), saving: saved)
    #expect(y.values == [-0.6, -0.15, 0.5, 3])
    #expect(
      layer.backward(Tensor([1, 1, 1, 4], values: [1, 2, 3, 4]), from: saved).values == [0.3, 0.6, 3, 4])
    expectGradientsMatch(BatchNorm("n", channels: 5), input: [3, 4, 2, 5])
  }

  @Test func `batch norm takes its statistics over all images of a batch`() {
    let layer = BatchNorm("n", channels: 2)
    layer.gain.value.fill(1)
    var stream = RandomStream(seed: 1, purpose: "test.norm")
    let x = Tensor([3, 4, 3, 2], values: stream.normals(72, deviation: 4).map { $0 + 100 })
    let y = layer.forward(x, saving: nil).values
    for channel in 0..<2 {
      let values = (0..<36).map { y[$0 * 2 + channel] }
      #expect(abs(values.reduce(0, +) / 36) < 1e-4)
      #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 36 - 1) < 1e-3)
    }
  }

  @Test func `a convolution without bias has none to train`() {
    let layer = Convolution("c", inputs: 2, outputs: 3, kernel: 3, hasBias: false)
    #expect(layer.parameters.map(\.name) == ["c.weight"])
    #expect(layer.replica().parameters.count == 1)
  }

  @Test func `upsampling repeats pixels`() {
    let y = NearestUpsample().forward(Tensor([1, 1, 2, 1], values: [1, 2]), saving: nil)
    #expect(y.shape == [1, 2, 4, 1])
    #expect(y.values == [1, 1, 2, 2, 1, 1, 2, 2])
  }

  @Test func `a replica shares values and keeps gradients apart`() {
    let layer = Convolution("c", inputs: 1, outputs: 1, kernel: 1)
    let replica = layer.replica()
    layer.weight.value[0] = 2
    #expect(replica.weight.value[0] == 2)
    replica.weight.gradient[0] = 1
    #expect(layer.weight.gradient[0] == 0)
  }
}
