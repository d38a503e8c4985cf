import CKernels
import Kernels

/// Batch normalisation as in training: y = (x - mean) / sqrt(variance + epsilon) · gain + bias, statistics of each
/// channel over all pixels of all images (Ioffe and Szegedy 2015).
///
/// Shapes: x and y (batch, height, width, channels), gain and bias (channels). The variance is that of PyTorch's
/// training mode, divided by the number of values. No statistics are kept for later. A batch must come whole.
public struct BatchNorm: ImageLayer {
  public let gain, bias: Parameter
  public let epsilon: Float

  /// - Parameter name: key of the layer; `.weight` and `.bias` are added.
  public init(_ name: String, channels: Int, epsilon: Float = 1e-5) {
    self.init(
      gain: Parameter("\(name).weight", shape: [channels]),
      bias: Parameter("\(name).bias", shape: [channels]),
      epsilon: epsilon)
  }

  private init(gain: Parameter, bias: Parameter, epsilon: Float) {
    self.gain = gain
    self.bias = bias
    self.epsilon = epsilon
  }

  public var parameters: [Parameter] { [gain, bias] }

  public func replica() -> BatchNorm {
    BatchNorm(gain: gain.replica(), bias: bias.replica(), epsilon: epsilon)
  }

  /// Pushes x, then mean and 1/sqrt(variance + epsilon) as (2, channels).
  ///
  /// The images lie below each other: to the kernel they are one tall image, and every channel is a group.
  public func forward(_ x: Tensor, saving saved: Activations?) -> Tensor {
    let channels = x.columns
    let y = Tensor(uninitialized: x.shape)
    let statistics = Tensor(uninitialized: [2, channels])
    let scratch = Tensor(uninitialized: [2, channels])
    ck_group_norm(
      x.pointer, gain.value.pointer, bias.value.pointer, y.pointer, statistics.row(0), statistics.row(1),
      scratch.pointer, x.rows, channels, channels, epsilon)
    saved?.push(x)
    saved?.push(statistics)
    return y
  }

  /// With x̂ the normalised input and g = dy · gain: dx = (g - mean(g) - x̂ · mean(g · x̂)) / sqrt(variance +
  /// epsilon), means over the batch.
  public func backward(_ dy: Tensor, from saved: Activations) -> Tensor {
    let statistics = saved.pop()
    let x = saved.pop()
    let channels = x.columns
    let dx = Tensor(uninitialized: x.shape)
    let scratch = Tensor(uninitialized: [4, channels])
    ck_group_norm_backward(
      x.pointer, gain.value.pointer, statistics.row(0), statistics.row(1), dy.pointer, dx.pointer,
      gain.gradient.pointer, bias.gradient.pointer, scratch.pointer, x.rows, channels, channels)
    return dx
  }
}
