import Images
import Kernels

/// How images become inputs of Inception: the three ways of the field, which give different scores
/// (pipeline/method/metrics.md §3). Grey images repeat their channel.
public enum InceptionPipeline: String, CaseIterable, Codable, Sendable {
  /// Pillow's bicubic filter in floating point, cut to 0…255, then (x − 128) / 128.
  case cleanFID = "clean-fid"
  /// x / 255, bilinear between pixel centres without antialiasing, then 2x − 1.
  case pytorchFID = "pytorch-fid"
  /// TensorFlow 1's bilinear resize without antialiasing, then (x − 128) / 128; guided-diffusion's as well.
  case torchFidelity = "torch-fidelity"

  /// The network's input for an image: (299, 299, 3).
  public func input(_ image: Image) -> Tensor {
    let side = InceptionV3.inputSize
    let resized: FloatImage
    switch self {
    case .cleanFID:
      resized = FloatImage(image).resampled(width: side, height: side, filter: .bicubic).clipped
    case .pytorchFID:
      let unit = FloatImage(
        width: image.width, height: image.height, channels: image.channels,
        values: image.pixels.map { Float($0) / 255 })
      resized = unit.bilinear(width: side, height: side, halfPixel: true)
    case .torchFidelity:
      resized = FloatImage(image).bilinear(width: side, height: side, halfPixel: false)
    }
    let input = Tensor(side, side, 3)
    for pixel in 0..<side * side {
      for channel in 0..<3 {
        let value = resized.values[image.channels == 3 ? pixel * 3 + channel : pixel]
        input.pointer[pixel * 3 + channel] = self == .pytorchFID ? 2 * value - 1 : (value - 128) / 128
      }
    }
    return input
  }
}
