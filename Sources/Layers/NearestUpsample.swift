import CKernels
import Kernels

/// Every pixel becomes a square of 2x2 equal pixels: (batch, height, width, C) to (batch, 2·height, 2·width,
/// C).
public struct NearestUpsample: ImageLayer {
  public init() {}

  public var parameters: [Parameter] { [] }
  public func replica() -> NearestUpsample { self }

  /// Pushes nothing: the gradient depends on shapes alone.
  public func forward(_ x: Tensor, saving saved: Activations?) -> Tensor {
    let extents = ImageExtents(x)
    let y = Tensor(
      uninitialized: [extents.batch, 2 * extents.height, 2 * extents.width, extents.channels])
    // The images of a batch lie below each other, so that they are one tall image.
    ck_double(x.pointer, y.pointer, extents.batch * extents.height, extents.width, extents.channels)
    return y
  }

  /// The gradient of a pixel is the sum over its square.
  public func backward(_ dy: Tensor, from saved: Activations) -> Tensor {
    let extents = ImageExtents(dy)
    let dx = Tensor(
      uninitialized: [extents.batch, extents.height / 2, extents.width / 2, extents.channels])
    ck_double_adjoint(
      dy.pointer, dx.pointer, extents.batch * extents.height / 2, extents.width / 2, extents.channels)
    return dx
  }
}
