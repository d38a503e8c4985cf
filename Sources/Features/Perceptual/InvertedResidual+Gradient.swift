import CKernels
import Kernels
import Layers

/// A block with the gradient by its input, on whole maps, for a network whose weights are not trained.
extension InvertedResidual {
  /// The block's output, (images, outputSize, outputSize, outputs); pushes what ReLU6 made of both hidden maps.
  func forward(_ x: Tensor, saving saved: Activations?) -> Tensor {
    let images = x.shape[0]
    var expanded = x
    if let expand {
      expanded = Tensor(uninitialized: [images, shape.size, shape.size, shape.channels])
      product(
        x.rows, shape.channels, shape.inputs, x.pointer, stride: shape.inputs, .asIs, expand.weight.pointer,
        stride: shape.channels, into: expanded.pointer, stride: shape.channels)
      ck_bias_relu6(expanded.pointer, expand.bias.pointer, x.rows, shape.channels)
      saved?.push(expanded)
    }
    let filtered = Tensor(uninitialized: [images, shape.outputSize, shape.outputSize, shape.channels])
    forEachRow(of: expanded) { taps, line in
      ck_depthwise_relu6(
        &taps, depthwise.weight.pointer, depthwise.bias.pointer,
        filtered.pointer + line * shape.outputSize * shape.channels, shape.size, shape.outputSize,
        shape.channels, shape.kernel, shape.stride, shape.before)
    }
    saved?.push(filtered)
    let y = Tensor(uninitialized: [images, shape.outputSize, shape.outputSize, shape.outputs])
    ck_bias_rows(
      y.pointer, project.bias.pointer, shape.hasResidual ? UnsafePointer(x.pointer) : nil, y.rows,
      shape.outputs)
    product(
      y.rows, shape.outputs, shape.channels, filtered.pointer, stride: shape.channels, .asIs,
      project.weight.pointer, stride: shape.outputs, beta: 1, into: y.pointer, stride: shape.outputs)
    return y
  }

  /// ∂L/∂x: through the projection, ReLU6, the depthwise convolution, and the expansion with its ReLU6; and past them
  /// where input and output are added.
  func backward(_ dy: Tensor, from saved: Activations) -> Tensor {
    let images = dy.shape[0]
    let filtered = saved.pop()
    let dFiltered = Tensor(uninitialized: filtered.shape)
    product(
      dy.rows, shape.channels, shape.outputs, dy.pointer, stride: shape.outputs, .asIs,
      project.weight.pointer,
      stride: shape.outputs, .transposed, into: dFiltered.pointer, stride: shape.channels)
    ck_relu6_backward(filtered.pointer, dFiltered.pointer, filtered.count)
    let dExpanded = Tensor([images, shape.size, shape.size, shape.channels])
    forEachRow(of: dExpanded) { taps, line in
      var targets = taps.map { UnsafeMutablePointer(mutating: $0) }
      ck_depthwise_adjoint(
        &targets, depthwise.weight.pointer, dFiltered.pointer + line * shape.outputSize * shape.channels,
        shape.size, shape.outputSize, shape.channels, shape.kernel, shape.stride, shape.before)
    }
    var dx = dExpanded
    if let expand {
      let expanded = saved.pop()
      ck_relu6_backward(expanded.pointer, dExpanded.pointer, expanded.count)
      dx = Tensor(uninitialized: [images, shape.size, shape.size, shape.inputs])
      product(
        dx.rows, shape.inputs, shape.channels, dExpanded.pointer, stride: shape.channels, .asIs,
        expand.weight.pointer, stride: shape.channels, .transposed, into: dx.pointer, stride: shape.inputs)
    }
    if shape.hasResidual { ck_axpy(dx.pointer, dy.pointer, 1, dx.count) }
    return dx
  }

  /// Calls `body` for every output row of all images with the input rows under its taps, nil where padding is.
  private func forEachRow(
    of map: Tensor, _ body: (_ taps: inout [UnsafePointer<Float>?], _ line: Int) -> Void
  ) {
    let row = shape.size * shape.channels
    var taps = [UnsafePointer<Float>?](repeating: nil, count: shape.kernel)
    for line in 0..<map.shape[0] * shape.outputSize {
      let (image, y) = line.quotientAndRemainder(dividingBy: shape.outputSize)
      for tap in 0..<shape.kernel {
        let from = y * shape.stride - shape.before + tap
        taps[tap] =
          (0..<shape.size).contains(from)
          ? UnsafePointer(map.pointer + (image * shape.size + from) * row) : nil
      }
      body(&taps, line)
    }
  }
}
