import CKernels
import Kernels

/// y = x where x > 0, else slope · x, element by element.
public struct LeakyReLU: ImageLayer {
  public let slope: Float

  public init(slope: Float = 0.2) { self.slope = slope }

  public var parameters: [Parameter] { [] }
  public func replica() -> LeakyReLU { self }

  /// Pushes x.
  public func forward(_ x: Tensor, saving saved: Activations?) -> Tensor {
    let y = Tensor(uninitialized: x.shape)
    ck_leaky_relu(x.pointer, y.pointer, slope, x.count)
    saved?.push(x)
    return y
  }

  /// dx = dy where x > 0, else slope · dy.
  public func backward(_ dy: Tensor, from saved: Activations) -> Tensor {
    let x = saved.pop()
    let dx = Tensor(uninitialized: x.shape)
    ck_leaky_relu_backward(x.pointer, dy.pointer, dx.pointer, slope, x.count)
    return dx
  }
}
