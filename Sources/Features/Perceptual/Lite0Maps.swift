import CKernels
import Kernels
import Layers

/// The feature maps of EfficientNet-Lite0's first blocks for inputs of any side, and the gradient by the input.
///
/// Blocks 0, 2, 4 and 10 are the last at a half, a quarter, an eighth and a sixteenth of the input's side.
struct Lite0Maps: Sendable {
  static let layers = [0, 2, 4, 10]

  let side: Int
  private let stem: FeatureNetworkWeights.Layer
  private let blocks: [InvertedResidual]

  init(_ network: EfficientNetLite0, side: Int) {
    self.side = side
    stem = network.stem
    let shapes = EfficientNetLite0.shapes(inputSize: side)
    blocks = zip(network.blocks, shapes).prefix((Self.layers.last ?? 0) + 1).map { block, shape in
      InvertedResidual(shape: shape, expand: block.expand, depthwise: block.depthwise, project: block.project)
    }
  }

  /// The output of each of `layers`, (images, size, size, channels).
  /// - Parameters:
  ///   - input: (images, side, side, 3), scaled as the network wants it.
  ///   - saved: takes what `backward` needs.
  func forward(_ input: Tensor, saving saved: Activations?) -> [Tensor] {
    var current = stem(input, saved)
    var maps: [Tensor] = []
    for (index, block) in blocks.enumerated() {
      current = block.forward(current, saving: saved)
      if Self.layers.contains(index) { maps.append(current) }
    }
    return maps
  }

  /// ∂L/∂input from the gradients by the maps, the last of which it changes.
  func backward(_ gradients: [Tensor], from saved: Activations) -> Tensor {
    var rest = gradients
    var current = rest.removeLast()
    for (index, block) in blocks.enumerated().reversed() {
      if index < blocks.count - 1 && Self.layers.contains(index) {
        let own = rest.removeLast()
        ck_axpy(current.pointer, own.pointer, 1, own.count)
      }
      current = block.backward(current, from: saved)
    }
    return stemBackward(current, saved)
  }

  /// 3x3 with stride 2 and TensorFlow's padding, then ReLU6; pushes the result.
  private func stem(_ input: Tensor, _ saved: Activations?) -> Tensor {
    let (images, channels) = (input.shape[0], EfficientNetLite0.stemChannels)
    let half = (side + 1) / 2
    let patches = Tensor(uninitialized: [images * half * half, 27])
    withWindow { ck_patches(input.pointer, patches.pointer, $0, 0, images * half) }
    let y = Tensor(uninitialized: [images, half, half, channels])
    product(
      y.rows, channels, 27, patches.pointer, stride: 27, .asIs, stem.weight.pointer, stride: channels,
      into: y.pointer, stride: channels)
    ck_bias_relu6(y.pointer, stem.bias.pointer, y.rows, channels)
    saved?.push(y)
    return y
  }

  private func stemBackward(_ dy: Tensor, _ saved: Activations) -> Tensor {
    let (images, channels) = (dy.shape[0], EfficientNetLite0.stemChannels)
    let y = saved.pop()
    ck_relu6_backward(y.pointer, dy.pointer, y.count)
    let patches = Tensor(uninitialized: [dy.rows, 27])
    product(
      dy.rows, 27, channels, dy.pointer, stride: channels, .asIs, stem.weight.pointer, stride: channels,
      .transposed, into: patches.pointer, stride: 27)
    let dx = Tensor([images, side, side, 3])
    withWindow { ck_patches_adjoint(patches.pointer, dx.pointer, $0, 0, images * y.shape[1]) }
    return dx
  }

  private func withWindow(_ body: (UnsafePointer<ck_window>) -> Void) {
    let half = (side + 1) / 2
    let before = max((half - 1) * 2 + 3 - side, 0) / 2
    let window = ck_window(
      height: side, width: side, channels: 3, kernel: 3, stride: 2, top: before, left: before,
      out_height: half, out_width: half)
    withUnsafePointer(to: window, body)
  }
}
