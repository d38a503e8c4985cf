import CKernels
import Kernels

/// Single-head self-attention over the pixels of an image with a residual connection:
/// y = x + proj(softmax(q kᵀ / sqrt(C)) v), where q, k and v are 1x1 convolutions of the group-normalised x.
///
/// Shapes: x and y (batch, height, width, C); the attention matrix is (pixels, pixels) for every image.
public struct SpatialAttention: ImageLayer {
  public let norm: GroupNorm
  public let query, key, value, projection: Convolution

  /// - Parameter name: key of the block; `.norm`, `.q`, `.k`, `.v` and `.proj_out` are added.
  public init(_ name: String, channels: Int, groups: Int = 32) {
    func pointwise(_ part: String) -> Convolution {
      Convolution("\(name).\(part)", inputs: channels, outputs: channels, kernel: 1)
    }
    self.init(
      norm: GroupNorm("\(name).norm", channels: channels, groups: groups), query: pointwise("q"),
      key: pointwise("k"), value: pointwise("v"), projection: pointwise("proj_out"))
  }

  private init(
    norm: GroupNorm, query: Convolution, key: Convolution, value: Convolution, projection: Convolution
  ) {
    self.norm = norm
    self.query = query
    self.key = key
    self.value = value
    self.projection = projection
  }

  public var parameters: [Parameter] {
    norm.parameters + query.parameters + key.parameters + value.parameters + projection.parameters
  }

  public func replica() -> SpatialAttention {
    SpatialAttention(
      norm: norm.replica(), query: query.replica(), key: key.replica(), value: value.replica(),
      projection: projection.replica())
  }

  /// Pushes what its parts push, and q, k, v and the probabilities.
  public func forward(_ x: Tensor, saving saved: Activations?) -> Tensor {
    let extents = ImageExtents(x)
    let (pixels, channels) = (extents.pixels, extents.channels)
    let normalised = norm.forward(x, saving: saved)
    let q = query.forward(normalised, saving: saved)
    let k = key.forward(normalised, saving: saved)
    let v = value.forward(normalised, saving: saved)
    let probabilities = Tensor(uninitialized: [extents.batch, pixels, pixels])
    let mixed = Tensor(uninitialized: x.shape)
    for image in 0..<extents.batch {
      let offset = image * pixels * channels
      let p = probabilities.pointer + image * pixels * pixels
      product(
        pixels, pixels, channels, q.pointer + offset, stride: channels, .asIs, k.pointer + offset,
        stride: channels, .transposed, into: p, stride: pixels)
      ck_softmax_rows(p, pixels, pixels, scale)
      product(
        pixels, channels, pixels, p, stride: pixels, .asIs, v.pointer + offset, stride: channels,
        into: mixed.pointer + offset, stride: channels)
    }
    if let saved { for tensor in [q, k, v, probabilities] { saved.push(tensor) } }
    let y = projection.forward(mixed, saving: saved)
    ck_axpy(y.pointer, x.pointer, 1, x.count)
    return y
  }

  /// With s = q kᵀ / sqrt(C) and p = softmax(s): dv = pᵀ do, ds = p · (do vᵀ - Σ p · do vᵀ), dq = ds k, dk =
  /// dsᵀ q.
  public func backward(_ dy: Tensor, from saved: Activations) -> Tensor {
    let dMixed = projection.backward(dy, from: saved)
    let (probabilities, v, k, q) = (saved.pop(), saved.pop(), saved.pop(), saved.pop())
    let extents = ImageExtents(dy)
    let (pixels, channels) = (extents.pixels, extents.channels)
    let dq = Tensor(uninitialized: dy.shape)
    let dk = Tensor(uninitialized: dy.shape)
    let dv = Tensor(uninitialized: dy.shape)
    let ds = Tensor(uninitialized: [pixels, pixels])
    for image in 0..<extents.batch {
      let offset = image * pixels * channels
      let p = probabilities.pointer + image * pixels * pixels
      product(
        pixels, channels, pixels, p, stride: pixels, .transposed, dMixed.pointer + offset, stride: channels,
        into: dv.pointer + offset, stride: channels)
      product(
        pixels, pixels, channels, dMixed.pointer + offset, stride: channels, .asIs, v.pointer + offset,
        stride: channels, .transposed, into: ds.pointer, stride: pixels)
      ck_softmax_backward(p, ds.pointer, pixels, pixels, pixels, scale)
      product(
        pixels, channels, pixels, ds.pointer, stride: pixels, .asIs, k.pointer + offset, stride: channels,
        into: dq.pointer + offset, stride: channels)
      product(
        pixels, channels, pixels, ds.pointer, stride: pixels, .transposed, q.pointer + offset,
        stride: channels, into: dk.pointer + offset, stride: channels)
    }
    let dNormalised = value.backward(dv, from: saved)
    for part in [key.backward(dk, from: saved), query.backward(dq, from: saved)] {
      ck_axpy(dNormalised.pointer, part.pointer, 1, part.count)
    }
    let dx = norm.backward(dNormalised, from: saved)
    ck_axpy(dx.pointer, dy.pointer, 1, dy.count)
    return dx
  }

  private var scale: Float { 1 / Float(norm.gain.value.count).squareRoot() }
}
