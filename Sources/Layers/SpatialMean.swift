import CKernels
import Kernels

/// The mean over the pixels of each image, channel by channel.
///
/// Shapes: x (batch, height, width, channels), y (batch, 1, 1, channels).
public struct SpatialMean: ImageLayer {
  public init() {}

  public var parameters: [Parameter] { [] }
  public func replica() -> SpatialMean { self }

  /// Pushes x, for its shape.
  public func forward(_ x: Tensor, saving saved: Activations?) -> Tensor {
    let extents = ImageExtents(x)
    let y = Tensor(uninitialized: [extents.batch, 1, 1, extents.channels])
    for image in 0..<extents.batch {
      ck_column_means(
        x.pointer + image * extents.pixels * extents.channels, y.row(image), extents.pixels, extents.channels)
    }
    saved?.push(x)
    return y
  }

  /// dx = dy / pixels, the same at every pixel.
  public func backward(_ dy: Tensor, from saved: Activations) -> Tensor {
    let x = saved.pop()
    let extents = ImageExtents(x)
    let dx = Tensor(uninitialized: x.shape)
    let scale = 1 / Float(extents.pixels)
    for image in 0..<extents.batch {
      let source = dy.pointer + image * extents.channels
      for pixel in 0..<extents.pixels {
        let target = dx.pointer + (image * extents.pixels + pixel) * extents.channels
        for channel in 0..<extents.channels { target[channel] = scale * source[channel] }
      }
    }
    return dx
  }

  public func operations(_ extent: inout PlaneExtent) -> Double {
    extent = PlaneExtent(height: 1, width: 1)
    return 0
  }
}
