import Kernels

/// A convolution without bias, its batch norm and a ReLU, as Inception is made of them: one image at a time,
/// channels last, batch norm folded into the weights.
///
/// Patches of a strip of output rows are gathered and multiplied with the weights. Strips depend on the shape
/// alone and every image is worked on by one thread, so an image's result never depends on its company.
struct FoldedConvolution: Sendable {
  /// The sizes of a convolution.
  struct Shape: Sendable, Equatable {
    struct Extent: Sendable, Equatable {
      let height: Int
      let width: Int
    }

    /// The prefix of its tensors' names.
    let name: String
    let inputs: Int
    let outputs: Int
    let kernel: Extent
    var stride = 1
    /// Zeros around the map: as many below as above and to the right as to the left.
    var padding = Extent(height: 0, width: 0)

    /// Values of a patch.
    var patch: Int { kernel.height * kernel.width * inputs }

    /// The side of the output map for a side of the input map.
    func outputSize(of size: Int) -> Int { (size + 2 * padding.height - kernel.height) / stride + 1 }

    /// Whether input pixels are patches already.
    var isPointwise: Bool { kernel == Extent(height: 1, width: 1) && stride == 1 }

    /// Output rows of a strip, as even as the map's size allows.
    func stripRows(outputSize: Int) -> Int {
      let most = max(FoldedConvolution.stripValues / (outputSize * patch), 1)
      let strips = (outputSize + most - 1) / most
      return (outputSize + strips - 1) / strips
    }

    /// Memory for the patches of a strip, in values.
    func columnCount(of size: Int) -> Int {
      let outputSize = outputSize(of: size)
      return isPointwise ? 0 : stripRows(outputSize: outputSize) * outputSize * patch
    }

    func multiplyAdds(of size: Int) -> Int { outputSize(of: size) * outputSize(of: size) * patch * outputs }
  }

  /// Patch values of a strip: half a megabyte, which stays in the second-level cache.
  private static let stripValues = 1 << 17

  /// Batch norm's addition to the variance.
  static let epsilon = 0.001

  let shape: Shape
  /// (kernel height, kernel width, inputs, outputs).
  private let weight: Tensor
  private let bias: Tensor

  /// Folds y = (conv(x) − mean) / √(variance + 0.001) · gain + offset into conv(x) · scale + bias, in double
  /// precision.
  ///
  /// - Throws: `FeatureNetworkError.unusableWeights` when a folded value is not finite.
  init(_ shape: Shape, from weights: FeatureNetworkWeights) throws {
    let kernel = weights.values("\(shape.name).conv.weight")
    let gain = weights.values("\(shape.name).bn.weight")
    let offset = weights.values("\(shape.name).bn.bias")
    let mean = weights.values("\(shape.name).bn.running_mean")
    let variance = weights.values("\(shape.name).bn.running_var")
    let taps = shape.kernel.height * shape.kernel.width
    let weight = Tensor(shape.patch, shape.outputs)
    let bias = Tensor(shape.outputs)
    for output in 0..<shape.outputs {
      let scale = Double(gain[output]) / (Double(variance[output]) + Self.epsilon).squareRoot()
      bias.pointer[output] = Float(Double(offset[output]) - Double(mean[output]) * scale)
      for input in 0..<shape.inputs {
        let start = (output * shape.inputs + input) * taps
        for tap in 0..<taps {
          weight.pointer[(tap * shape.inputs + input) * shape.outputs + output] = Float(
            Double(kernel[start + tap]) * scale)
        }
      }
    }
    for tensor in [weight, bias] {
      if let bad = (0..<tensor.count).first(where: { !tensor.pointer[$0].isFinite }) {
        throw FeatureNetworkError.unusableWeights(
          layer: shape.name, output: bad % shape.outputs, found: tensor.pointer[bad])
      }
    }
    self.shape = shape
    self.weight = weight
    self.bias = bias
  }

  /// - Parameters:
  ///   - input: (size, size, inputs).
  ///   - output: (output size, output size, outputs), pixels `outputStride` values apart.
  ///   - columns: memory for `columnCount` values.
  func forward(
    _ input: UnsafePointer<Float>, size: Int, into output: UnsafeMutablePointer<Float>, outputStride: Int,
    columns: Tensor
  ) {
    let outputSize = shape.outputSize(of: size)
    let rows = shape.isPointwise ? outputSize : shape.stripRows(outputSize: outputSize)
    for start in stride(from: 0, to: outputSize, by: rows) {
      let strip = start..<min(start + rows, outputSize)
      if !shape.isPointwise {
        gather(strip, of: outputSize, from: input, size: size, into: columns.pointer)
      }
      let pixels = strip.count * outputSize
      let target = output + start * outputSize * outputStride
      product(
        pixels, shape.outputs, shape.patch, shape.isPointwise ? input : UnsafePointer(columns.pointer),
        stride: shape.patch, .asIs, weight.pointer, stride: shape.outputs, into: target,
        stride: outputStride)
      addBiasAndRectify(target, pixels: pixels, stride: outputStride)
    }
  }

  /// Writes the patches of some output rows: (pixels, kernel height, kernel width, inputs).
  private func gather(
    _ rows: Range<Int>, of outputSize: Int, from input: UnsafePointer<Float>, size: Int,
    into columns: UnsafeMutablePointer<Float>
  ) {
    let inputs = shape.inputs
    let run = shape.kernel.width * inputs
    var target = columns
    for row in rows {
      for column in 0..<outputSize {
        let left = column * shape.stride - shape.padding.width
        let first = max(left, 0)
        let before = (first - left) * inputs
        let inside = (min(left + shape.kernel.width, size) - first) * inputs
        for tap in 0..<shape.kernel.height {
          let y = row * shape.stride - shape.padding.height + tap
          if y < 0 || y >= size {
            target.update(repeating: 0, count: run)
          } else {
            if before > 0 { target.update(repeating: 0, count: before) }
            (target + before).update(from: input + (y * size + first) * inputs, count: inside)
            let after = run - before - inside
            if after > 0 { (target + before + inside).update(repeating: 0, count: after) }
          }
          target += run
        }
      }
    }
  }

  private func addBiasAndRectify(_ values: UnsafeMutablePointer<Float>, pixels: Int, stride: Int) {
    let bias = UnsafePointer(bias.pointer)
    for pixel in 0..<pixels {
      let row = values + pixel * stride
      for channel in 0..<shape.outputs { row[channel] = max(row[channel] + bias[channel], 0) }
    }
  }
}
