import CKernels
import Kernels

/// Group normalisation: y = (x - mean) / sqrt(variance + epsilon) · gain + bias, statistics over all pixels
/// of an image and the channels of a group (Wu and He 2018).
///
/// Shapes: x and y (batch, height, width, channels), gain and bias (channels).
public struct GroupNorm: ImageLayer {
  public let gain, bias: Parameter
  public let groups: Int
  public let epsilon: Float

  /// - Parameters:
  ///   - groups: the most groups wanted; the greatest common divisor with the channels is used, so that any
  ///     width works.
  public init(_ name: String, channels: Int, groups: Int = 32, epsilon: Float = 1e-6) {
    self.init(
      gain: Parameter("\(name).weight", shape: [channels]),
      bias: Parameter("\(name).bias", shape: [channels]),
      groups: Self.commonDivisor(groups, channels), epsilon: epsilon)
  }

  private init(gain: Parameter, bias: Parameter, groups: Int, epsilon: Float) {
    self.gain = gain
    self.bias = bias
    self.groups = groups
    self.epsilon = epsilon
  }

  private static func commonDivisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : commonDivisor(b, a % b) }

  public var parameters: [Parameter] { [gain, bias] }

  public func replica() -> GroupNorm {
    GroupNorm(gain: gain.replica(), bias: bias.replica(), groups: groups, epsilon: epsilon)
  }

  /// Pushes x, then mean and 1/sqrt(variance + epsilon) as (2, batch, groups).
  public func forward(_ x: Tensor, saving saved: Activations?) -> Tensor {
    let extents = ImageExtents(x)
    let size = extents.pixels * extents.channels
    let y = Tensor(uninitialized: x.shape)
    let statistics = Tensor(uninitialized: [2, extents.batch, groups])
    let scratch = Tensor(uninitialized: [2, extents.channels])
    for image in 0..<extents.batch {
      ck_group_norm(
        x.pointer + image * size, gain.value.pointer, bias.value.pointer, y.pointer + image * size,
        statistics.pointer + image * groups, statistics.pointer + (extents.batch + image) * groups,
        scratch.pointer, extents.pixels, extents.channels, groups, epsilon)
    }
    saved?.push(x)
    saved?.push(statistics)
    return y
  }

  /// With x̂ the normalised input and g = dy · gain: dx = (g - mean(g) - x̂ · mean(g · x̂)) / sqrt(variance +
  /// epsilon).
  public func backward(_ dy: Tensor, from saved: Activations) -> Tensor {
    let statistics = saved.pop()
    let x = saved.pop()
    let extents = ImageExtents(x)
    let size = extents.pixels * extents.channels
    let dx = Tensor(uninitialized: x.shape)
    let scratch = Tensor(uninitialized: [4, extents.channels])
    for image in 0..<extents.batch {
      ck_group_norm_backward(
        x.pointer + image * size, gain.value.pointer, statistics.pointer + image * groups,
        statistics.pointer + (extents.batch + image) * groups, dy.pointer + image * size,
        dx.pointer + image * size, gain.gradient.pointer, bias.gradient.pointer, scratch.pointer,
        extents.pixels, extents.channels, groups)
    }
    return dx
  }
}
