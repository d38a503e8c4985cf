import Kernels

/// A layer on images in NHWC layout: tensors of shape (batch, height, width, channels).
///
/// Channels lie together because then a 1x1 convolution, the patches of a 3x3 convolution, attention over
/// pixels and the look-up of codes are all products of plain row-major matrices with one row per pixel, and
/// small planes (7x7) still copy in long runs.
///
/// Layers run on one thread. Models split a batch into chunks of images and run whole chunks in parallel,
/// which keeps a chunk's activations in cache and needs no barrier between layers.
public protocol ImageLayer: Sendable {
  /// The trained weights, in the order of the layer's parts.
  var parameters: [Parameter] { get }

  /// The layer's result. With `saved`, what the backward pass needs is pushed there.
  func forward(_ x: Tensor, saving saved: Activations?) -> Tensor

  /// Adds to the gradients of the parameters, pops what the forward pass saved and returns ∂L/∂x.
  func backward(_ dy: Tensor, from saved: Activations) -> Tensor

  /// A layer that shares the values of the weights but has gradients of its own, for work in parallel.
  func replica() -> Self
  /// Operations of the products for one image, two a multiply-add; the extent becomes that of the result.
  func operations(_ extent: inout PlaneExtent) -> Double
}

/// What forward passes leave for backward passes: a stack, since the backward pass visits the layers in
/// reverse.
public final class Activations {
  private var stack: [Tensor] = []

  public init() {}

  public var isEmpty: Bool { stack.isEmpty }
  /// What was pushed last and stays there.
  public var last: Tensor? { stack.last }

  public func push(_ tensor: Tensor) { stack.append(tensor) }

  public func pop() -> Tensor {
    precondition(!stack.isEmpty, "a backward pass ran without its forward pass")
    return stack.removeLast()
  }
}

/// The extents of an image tensor.
public struct ImageExtents: Equatable, Sendable {
  public let batch, height, width, channels: Int

  public init(_ tensor: Tensor) {
    precondition(tensor.shape.count == 4, "an image tensor has four extents, found \(tensor.shape)")
    batch = tensor.shape[0]
    height = tensor.shape[1]
    width = tensor.shape[2]
    channels = tensor.shape[3]
  }

  /// The number of pixels of one image.
  public var pixels: Int { height * width }
}

extension Parameter {
  /// A parameter that shares this one's value but not its gradient.
  public func replica() -> Parameter { Parameter(name, value) }
}

/// Layers run one after the other.
public struct LayerSequence: ImageLayer {
  public let layers: [any ImageLayer]

  public init(_ layers: [any ImageLayer]) { self.layers = layers }

  public var parameters: [Parameter] { layers.flatMap(\.parameters) }

  public func forward(_ x: Tensor, saving saved: Activations?) -> Tensor {
    layers.reduce(x) { $1.forward($0, saving: saved) }
  }

  public func backward(_ dy: Tensor, from saved: Activations) -> Tensor {
    layers.reversed().reduce(dy) { $1.backward($0, from: saved) }
  }

  public func replica() -> LayerSequence { LayerSequence(layers.map { $0.replica() }) }
}
