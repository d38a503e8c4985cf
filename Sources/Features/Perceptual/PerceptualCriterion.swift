import CKernels
import Images
import Kernels
import Layers
import Models
import Shards

/// The distance of two images in the eyes of EfficientNet-Lite0 (pipeline/method/tokenizer.md §5): over the maps of
/// four blocks, the squared difference of features scaled to length one, averaged over the places, summed.
///
/// This is LPIPS (Zhang et al. 2018) with another network and with all its linear weights 1. The network stays as it
/// is. Images are resampled to its `side` by Pillow's bicubic filter, and grey is repeated; nothing is cut to the range
/// of bytes, so that values outside of it are pulled back as well.
public struct PerceptualCriterion: ReconstructionCriterion {
  /// Sides of the network's input that can be asked for.
  public static let sides = 32...224

  private let maps: Lite0Maps
  /// From the images' side to that of the input.
  private let matrix: Tensor

  /// - Parameters:
  ///   - imageSize: height and width of the images.
  ///   - side: that of the network's input, one of `sides`.
  public init(_ network: EfficientNetLite0, imageSize: Int, side: Int) {
    precondition(Self.sides.contains(side), "a side is among \(Self.sides), found \(side)")
    maps = Lite0Maps(network, side: side)
    let resampling = ResamplingMatrix(input: imageSize, output: side, filter: .bicubic)
    matrix = Tensor([side, imageSize], values: resampling.values)
  }

  public func add(
    _ reconstruction: Tensor, target: Tensor, share: Float, to gradient: Tensor
  ) -> Double {
    let saved = Activations()
    let expected = maps.forward(input(target), saving: nil)
    let found = maps.forward(input(reconstruction), saving: saved)
    var sum = 0.0
    let gradients = zip(found, expected).map { found, expected -> Tensor in
      let (unit, lengths) = Self.unit(found)
      let (goal, _) = Self.unit(expected)
      let places = Float(found.shape[1] * found.shape[2])
      sum += ck_squared_distance(unit.pointer, goal.pointer, unit.count) / Double(places)
      // d/dx of |u - v|² for the unit vector u of x, by way of u.
      goal.subtract(from: unit)
      ck_scale(goal.pointer, 2 * share / places, goal.count)
      ck_normalize_rows_backward(unit.pointer, lengths.pointer, goal.pointer, goal.rows, goal.columns)
      return goal
    }
    let byImages = adjoint(maps.backward(gradients, from: saved), channels: gradient.columns)
    ck_axpy(gradient.pointer, byImages.pointer, 1, gradient.count)
    return sum
  }

  private static func unit(_ x: Tensor) -> (unit: Tensor, lengths: Tensor) {
    let unit = Tensor(uninitialized: x.shape)
    let lengths = Tensor(uninitialized: [x.rows])
    ck_normalize_rows(x.pointer, unit.pointer, lengths.pointer, x.rows, x.columns)
    return (unit, lengths)
  }

  /// The network's input for images in [-1, 1]: bytes b would be (b - 127) / 128.
  private func input(_ images: Tensor) -> Tensor {
    let resampled = resampled(images, .asIs)
    let channels = images.columns
    let input = Tensor(uninitialized: [images.shape[0], maps.side, maps.side, 3])
    for pixel in 0..<input.rows {
      for channel in 0..<3 {
        let value = resampled.pointer[channels == 3 ? pixel * 3 + channel : pixel]
        input.pointer[pixel * 3 + channel] = (127.5 * value + 0.5) / 128
      }
    }
    return input
  }

  /// The gradient by the images from that by the input.
  private func adjoint(_ byInput: Tensor, channels: Int) -> Tensor {
    let byResampled = Tensor(uninitialized: [byInput.shape[0], maps.side, maps.side, channels])
    for pixel in 0..<byInput.rows {
      let row = byInput.row(pixel)
      if channels == 3 {
        for channel in 0..<3 { byResampled.pointer[pixel * 3 + channel] = row[channel] * 127.5 / 128 }
      } else {
        byResampled.pointer[pixel] = (row[0] + row[1] + row[2]) * 127.5 / 128
      }
    }
    return resampled(byResampled, .transposed)
  }

  /// Rows, then columns of every image by the matrix, or by its transpose.
  private func resampled(_ x: Tensor, _ orientation: Orientation) -> Tensor {
    let (images, from, channels) = (x.shape[0], x.shape[1], x.columns)
    let to = orientation == .asIs ? matrix.rows : matrix.columns
    let tall = Tensor(uninitialized: [images, to, from, channels])
    let result = Tensor(uninitialized: [images, to, to, channels])
    for image in 0..<images {
      product(
        to, from * channels, from, matrix.pointer, stride: matrix.columns, orientation,
        x.pointer + image * from * from * channels, stride: from * channels,
        into: tall.pointer + image * to * from * channels, stride: from * channels)
    }
    for line in 0..<images * to {
      product(
        to, channels, from, matrix.pointer, stride: matrix.columns, orientation,
        tall.pointer + line * from * channels, stride: channels,
        into: result.pointer + line * to * channels, stride: channels)
    }
    return result
  }
}

extension Tensor {
  /// self = other - self
  fileprivate func subtract(from other: Tensor) {
    ck_scale(pointer, -1, count)
    ck_axpy(pointer, other.pointer, 1, count)
  }
}
