import CKernels
import Kernels

/// y = shortcut(x) + body(x), where the shortcut is a 1x1 convolution if the number of channels changes.
public struct ResidualBlock: ImageLayer {
  let body: LayerSequence
  let shortcut: Convolution?

  private init(body: LayerSequence, shortcut: Convolution?) {
    self.body = body
    self.shortcut = shortcut
  }

  /// The block of the VQ tokenizer: group norm, swish, 3x3 convolution, twice
  /// (pipeline/method/tokenizer.md §2).
  ///
  /// - Parameter name: key of the block; `.norm1`, `.conv1`, `.norm2`, `.conv2` and `.nin_shortcut` are
  ///   added.
  public static func convolutional(
    _ name: String, inputs: Int, outputs: Int, groups: Int = 32
  ) -> ResidualBlock {
    ResidualBlock(
      body: LayerSequence([
        GroupNorm("\(name).norm1", channels: inputs, groups: groups),
        Swish(),
        Convolution("\(name).conv1", inputs: inputs, outputs: outputs, kernel: 3),
        GroupNorm("\(name).norm2", channels: outputs, groups: groups),
        Swish(),
        Convolution("\(name).conv2", inputs: outputs, outputs: outputs, kernel: 3),
      ]),
      shortcut: inputs == outputs
        ? nil : Convolution("\(name).nin_shortcut", inputs: inputs, outputs: outputs, kernel: 1))
  }

  /// A block that looks at one pixel only: swish and a 1x1 convolution, twice, without normalisation.
  public static func pointwise(_ name: String, channels: Int) -> ResidualBlock {
    ResidualBlock(
      body: LayerSequence([
        Swish(),
        Convolution("\(name).conv1", inputs: channels, outputs: channels, kernel: 1),
        Swish(),
        Convolution("\(name).conv2", inputs: channels, outputs: channels, kernel: 1),
      ]),
      shortcut: nil)
  }

  public var parameters: [Parameter] { body.parameters + (shortcut?.parameters ?? []) }

  public func replica() -> ResidualBlock {
    ResidualBlock(body: body.replica(), shortcut: shortcut?.replica())
  }

  /// Pushes what its parts push.
  public func forward(_ x: Tensor, saving saved: Activations?) -> Tensor {
    let y = body.forward(x, saving: saved)
    let straight = shortcut?.forward(x, saving: saved) ?? x
    ck_axpy(y.pointer, straight.pointer, 1, y.count)
    return y
  }

  /// dx is the sum of both ways.
  public func backward(_ dy: Tensor, from saved: Activations) -> Tensor {
    let straight = shortcut?.backward(dy, from: saved) ?? dy
    let dx = body.backward(dy, from: saved)
    ck_axpy(dx.pointer, straight.pointer, 1, dx.count)
    return dx
  }
}
