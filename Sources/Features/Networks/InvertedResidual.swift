import CKernels
import Kernels

/// A block of the feature network: 1×1 expansion, depthwise convolution, 1×1 projection, channels last, with
/// TensorFlow's "same" padding. ReLU6 follows the first two; input and output are added where their shapes
/// agree.
///
/// Large maps are worked through in strips of rows, small ones several images at a time, so that the expanded
/// channels stay in the cache and products are neither tiny nor wide.
struct InvertedResidual: Sendable {
  /// Sizes of a block; an expansion of 1 has no first convolution.
  struct Shape: Sendable {
    let kernel: Int
    let stride: Int
    let expansion: Int
    let inputs: Int
    let outputs: Int
    /// Side of the input map.
    let size: Int

    var channels: Int { inputs * expansion }
    var outputSize: Int { (size + stride - 1) / stride }
    /// Padding above and to the left: the smaller half, as TensorFlow splits it.
    var before: Int { max((outputSize - 1) * stride + kernel - size, 0) / 2 }
    var hasResidual: Bool { stride == 1 && inputs == outputs }
    /// Output rows of a strip: about a quarter of a million expanded values.
    var stripRows: Int { min(max(InvertedResidual.target / (size * channels * stride), 1), outputSize) }
    /// Images worked on at once; several only where whole maps are small.
    var group: Int { max(InvertedResidual.target / (size * size * channels), 1) }
    var expandedCount: Int {
      let rows = stripRows == outputSize ? size * group : stripRows * stride + kernel
      return rows * size * channels
    }
    var filteredCount: Int {
      (stripRows == outputSize ? outputSize * group : stripRows) * outputSize * channels
    }
  }

  private static let target = 1 << 18

  let shape: Shape
  let expand: FeatureNetworkWeights.Layer?
  let depthwise: FeatureNetworkWeights.Layer
  let project: FeatureNetworkWeights.Layer

  /// Memory for the values between the convolutions, one per thread of work.
  struct Scratch {
    let expanded: Tensor
    let filtered: Tensor

    init(for shapes: [Shape]) {
      expanded = Tensor(shapes.map(\.expandedCount).max() ?? 0)
      filtered = Tensor(shapes.map(\.filteredCount).max() ?? 0)
    }
  }

  /// - Parameters:
  ///   - input: (images, size, size, inputs).
  ///   - output: (images, outputSize, outputSize, outputs), not overlapping the input.
  func forward(
    _ input: UnsafePointer<Float>, images: Int, into output: UnsafeMutablePointer<Float>, _ scratch: Scratch
  ) {
    let inputCount = shape.size * shape.size * shape.inputs
    let outputCount = shape.outputSize * shape.outputSize * shape.outputs
    let whole = shape.stripRows == shape.outputSize
    let group = whole ? shape.group : 1
    for first in stride(from: 0, to: images, by: group) {
      let count = min(group, images - first)
      var expandedRows = 0..<0
      for start in stride(from: 0, to: shape.outputSize, by: shape.stripRows) {
        let rows = start..<min(start + shape.stripRows, shape.outputSize)
        let needed =
          max(
            rows.lowerBound * shape.stride - shape.before, 0)..<min(
            (rows.upperBound - 1) * shape.stride - shape.before + shape.kernel, shape.size)
        let source = input + first * inputCount
        let expanded = expandRows(needed, from: source, images: count, kept: expandedRows, scratch)
        expandedRows = needed
        filter(rows, expanded: expanded, holding: needed, images: count, scratch)
        let offset = rows.lowerBound * shape.outputSize * shape.outputs
        let residual = shape.hasResidual ? source + offset : nil
        projectRows(
          count * rows.count * shape.outputSize, residual: residual,
          into: output + first * outputCount + offset, scratch)
      }
    }
  }

  /// Makes the input rows `needed` available with all channels, keeping those of the strip before. The result
  /// points to row `needed.lowerBound` of the first image.
  private func expandRows(
    _ needed: Range<Int>, from source: UnsafePointer<Float>, images: Int, kept: Range<Int>, _ scratch: Scratch
  ) -> UnsafePointer<Float> {
    let inputRow = shape.size * shape.inputs
    guard let expand else { return source + needed.lowerBound * inputRow }
    let row = shape.size * shape.channels
    let target = scratch.expanded.pointer
    let shared = max(kept.upperBound - needed.lowerBound, 0)
    if shared > 0 {
      target.update(from: target + (needed.lowerBound - kept.lowerBound) * row, count: shared * row)
    }
    let pixels = (images > 1 ? images * shape.size : needed.count - shared) * shape.size
    let fresh = target + shared * row
    product(
      pixels, shape.channels, shape.inputs, source + (needed.lowerBound + shared) * inputRow,
      stride: shape.inputs, .asIs, expand.weight.pointer, stride: shape.channels, into: fresh,
      stride: shape.channels)
    ck_bias_relu6(fresh, expand.bias.pointer, pixels, shape.channels)
    return UnsafePointer(target)
  }

  /// The depthwise convolution of output rows `rows` from expanded input rows `holding`.
  private func filter(
    _ rows: Range<Int>, expanded: UnsafePointer<Float>, holding: Range<Int>, images: Int, _ scratch: Scratch
  ) {
    let row = shape.size * shape.channels
    let outputRow = shape.outputSize * shape.channels
    var taps = [UnsafePointer<Float>?](repeating: nil, count: shape.kernel)
    for image in 0..<images {
      let base = expanded + image * shape.size * row
      for (index, y) in rows.enumerated() {
        for tap in 0..<shape.kernel {
          let from = y * shape.stride - shape.before + tap
          taps[tap] = holding.contains(from) ? base + (from - holding.lowerBound) * row : nil
        }
        ck_depthwise_relu6(
          &taps, depthwise.weight.pointer, depthwise.bias.pointer,
          scratch.filtered.pointer + (image * rows.count + index) * outputRow, shape.size, shape.outputSize,
          shape.channels, shape.kernel, shape.stride, shape.before)
      }
    }
  }

  private func projectRows(
    _ pixels: Int, residual: UnsafePointer<Float>?, into output: UnsafeMutablePointer<Float>,
    _ scratch: Scratch
  ) {
    ck_bias_rows(output, project.bias.pointer, residual, pixels, shape.outputs)
    product(
      pixels, shape.outputs, shape.channels, scratch.filtered.pointer, stride: shape.channels,
      .asIs, project.weight.pointer, stride: shape.outputs, beta: 1, into: output, stride: shape.outputs)
  }
}
