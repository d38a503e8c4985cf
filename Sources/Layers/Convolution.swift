import CKernels
import Kernels

/// A two-dimensional convolution: y[i, j] = b + Σ W[:, :, u, v] · x[i·stride + u - top, j·stride +
/// v - left].
///
/// Shapes: x (batch, height, width, inputs), W (outputs, inputs, kernel, kernel) as in official checkpoints,
/// y (batch, outHeight, outWidth, outputs). Patches of x become rows of a matrix (in blocks that stay in the
/// second-level cache) and one product does the rest.
public struct Convolution: ImageLayer {
  public let weight, bias: Parameter
  public let inputs, outputs, kernel, stride: Int
  /// Zeros around the image; rows and columns beyond the last full step are not read.
  public let padding: Padding
  /// Whether ∂L/∂x is wanted; the first layer of a network saves that work and returns an empty tensor.
  public let isFirst: Bool
  /// Whether the bias is trained; a convolution in front of a norm that takes the mean away has none, and b is zero.
  public let hasBias: Bool

  public struct Padding: Sendable, Equatable {
    public let top, left, bottom, right: Int

    public init(top: Int, left: Int, bottom: Int, right: Int) {
      self.top = top
      self.left = left
      self.bottom = bottom
      self.right = right
    }

    public static let none = Padding(top: 0, left: 0, bottom: 0, right: 0)
    /// As much on each side, so that a kernel of 2·size + 1 keeps the extent.
    public static func even(_ size: Int) -> Padding {
      Padding(top: size, left: size, bottom: size, right: size)
    }
    /// One zero to the right and below: official downsampling (pipeline/method/tokenizer.md §2).
    public static let trailing = Padding(top: 0, left: 0, bottom: 1, right: 1)
  }

  /// - Parameters:
  ///   - name: key of the layer in the state dictionary; `.weight` and `.bias` are added.
  ///   - padding: by default what keeps the extent at stride 1.
  public init(
    _ name: String, inputs: Int, outputs: Int, kernel: Int, stride: Int = 1, padding: Padding? = nil,
    isFirst: Bool = false, hasBias: Bool = true
  ) {
    self.init(
      weight: Parameter("\(name).weight", shape: [outputs, inputs, kernel, kernel]),
      bias: Parameter("\(name).bias", shape: [outputs]), stride: stride,
      padding: padding ?? .even(kernel / 2), isFirst: isFirst, hasBias: hasBias)
  }

  private init(
    weight: Parameter, bias: Parameter, stride: Int, padding: Padding, isFirst: Bool, hasBias: Bool
  ) {
    self.weight = weight
    self.bias = bias
    outputs = weight.shape[0]
    inputs = weight.shape[1]
    kernel = weight.shape[2]
    self.stride = stride
    self.padding = padding
    self.isFirst = isFirst
    self.hasBias = hasBias
  }

  public var parameters: [Parameter] { hasBias ? [weight, bias] : [weight] }

  public func replica() -> Convolution { replica(isFirst: isFirst) }

  /// A replica that may save itself the work for ∂L/∂x, for one who asks for the gradient of the weights alone.
  public func replica(isFirst: Bool) -> Convolution {
    Convolution(
      weight: weight.replica(), bias: bias.replica(), stride: stride, padding: padding, isFirst: isFirst,
      hasBias: hasBias)
  }

  /// Pushes x.
  public func forward(_ x: Tensor, saving saved: Activations?) -> Tensor {
    let plan = Plan(self, x)
    let packed = packedWeight()
    let y = Tensor(uninitialized: plan.outputShape)
    ck_fill_rows(y.pointer, bias.value.pointer, plan.rows, outputs)
    let scratch = plan.scratch()
    plan.forEachBlock { first, rows in
      let patches = plan.patches(x, first, rows, scratch)
      product(
        rows * plan.width, outputs, plan.patch, patches, stride: plan.patch, .asIs, packed.pointer,
        stride: plan.patch, .transposed, beta: 1, into: y.pointer + first * plan.width * outputs,
        stride: outputs)
    }
    saved?.push(x)
    return y
  }

  /// ∂L/∂W = dyᵀ · patches, ∂L/∂b = Σ dy, and ∂L/∂x gathers dy · W from every patch a pixel was in.
  public func backward(_ dy: Tensor, from saved: Activations) -> Tensor {
    let x = saved.pop()
    let plan = Plan(self, x)
    precondition(
      dy.shape == plan.outputShape, "a gradient of \(plan.outputShape) is needed, found \(dy.shape)")
    let packed = packedWeight()
    let gradient = Tensor(uninitialized: packed.shape)
    let dx = isFirst ? Tensor([0, 0, 0, 0]) : plan.isPlain ? Tensor(uninitialized: x.shape) : Tensor(x.shape)
    let scratch = plan.scratch()
    if hasBias { ck_column_sums(dy.pointer, bias.gradient.pointer, plan.rows, outputs) }
    plan.forEachBlock { first, rows in
      let pixels = rows * plan.width
      let dyBlock = dy.pointer + first * plan.width * outputs
      product(
        outputs, plan.patch, pixels, dyBlock, stride: outputs, .transposed,
        plan.patches(x, first, rows, scratch), stride: plan.patch, beta: first == 0 ? 0 : 1,
        into: gradient.pointer, stride: plan.patch)
      if isFirst { return }
      let target = plan.isPlain ? dx.pointer + first * plan.width * inputs : scratch.pointer
      product(
        pixels, plan.patch, outputs, dyBlock, stride: outputs, .asIs, packed.pointer, stride: plan.patch,
        into: target,
        stride: plan.patch)
      if !plan.isPlain {
        plan.withWindow { ck_patches_adjoint(scratch.pointer, dx.pointer, $0, first, first + rows) }
      }
    }
    ck_unpack_kernel(gradient.pointer, weight.gradient.pointer, outputs, inputs, kernel * kernel)
    return dx
  }

  /// The weights in the order of a patch: (outputs, kernel, kernel, inputs).
  private func packedWeight() -> Tensor {
    if kernel == 1 { return weight.value }
    let packed = Tensor(uninitialized: [outputs, kernel, kernel, inputs])
    ck_pack_kernel(weight.value.pointer, packed.pointer, outputs, inputs, kernel * kernel)
    return packed
  }
}

/// How one convolution walks over one batch.
private struct Plan {
  let window: ck_window
  let outputShape: [Int]
  /// Output rows of the whole batch, pixels of a row, floats of a patch.
  let lines, width, patch: Int
  /// Pixels of the whole batch.
  var rows: Int { lines * width }
  /// A 1x1 convolution at stride 1 reads its input as the matrix of patches.
  let isPlain: Bool
  private let block: Int

  /// 96 Ki floats leave room in a megabyte of second-level cache for the result.
  private static let blockFloats = 96 << 10

  init(_ layer: Convolution, _ x: Tensor) {
    let extents = ImageExtents(x)
    precondition(
      extents.channels == layer.inputs,
      "\(layer.weight.name) reads \(layer.inputs) channels, found \(x.shape)")
    let height = extents.height + layer.padding.top + layer.padding.bottom - layer.kernel
    let width = extents.width + layer.padding.left + layer.padding.right - layer.kernel
    precondition(height >= 0 && width >= 0, "\(x.shape) is smaller than a kernel of \(layer.kernel)")
    window = ck_window(
      height: extents.height, width: extents.width, channels: extents.channels, kernel: layer.kernel,
      stride: layer.stride, top: layer.padding.top, left: layer.padding.left,
      out_height: height / layer.stride + 1, out_width: width / layer.stride + 1)
    self.width = window.out_width
    lines = extents.batch * window.out_height
    patch = layer.kernel * layer.kernel * layer.inputs
    outputShape = [extents.batch, window.out_height, window.out_width, layer.outputs]
    isPlain = layer.kernel == 1 && layer.stride == 1 && layer.padding == .none
    block = isPlain ? max(lines, 1) : max(Self.blockFloats / (patch * window.out_width), 1)
  }

  func forEachBlock(_ body: (_ first: Int, _ rows: Int) -> Void) {
    for first in stride(from: 0, to: lines, by: block) { body(first, min(block, lines - first)) }
  }

  func scratch() -> Tensor {
    Tensor(uninitialized: isPlain ? [0] : [min(block, lines) * width, patch])
  }

  func withWindow(_ body: (UnsafePointer<ck_window>) -> Void) {
    withUnsafePointer(to: window, body)
  }

  /// The patches of some output rows, written into `scratch` where they are not the input itself.
  func patches(_ x: Tensor, _ first: Int, _ rows: Int, _ scratch: Tensor) -> UnsafePointer<Float> {
    if isPlain { return UnsafePointer(x.pointer + first * width * patch) }
    withWindow { ck_patches(x.pointer, scratch.pointer, $0, first, first + rows) }
    return UnsafePointer(scratch.pointer)
  }
}
