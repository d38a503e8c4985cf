import CKernels
import Kernels

/// y = x · sigmoid(x), element by element (also called SiLU).
public struct Swish: ImageLayer {
  public init() {}

  public var parameters: [Parameter] { [] }
  public func replica() -> Swish { self }

  /// Pushes x.
  public func forward(_ x: Tensor, saving saved: Activations?) -> Tensor {
    let y = Tensor(uninitialized: x.shape)
    ck_swish(x.pointer, y.pointer, x.count)
    saved?.push(x)
    return y
  }

  /// dx = dy · s · (1 + x (1 - s)) with s = sigmoid(x).
  public func backward(_ dy: Tensor, from saved: Activations) -> Tensor {
    let x = saved.pop()
    let dx = Tensor(uninitialized: x.shape)
    ck_swish_backward(x.pointer, dy.pointer, dx.pointer, x.count)
    return dx
  }
}
