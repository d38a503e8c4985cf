/// Pooling over windows of 3×3 pixels of one image, channels last.
///
/// Pixels outside of the map do not count: the largest value and the mean are of those inside (the mean with
/// `count_include_pad=False`, as TensorFlow computes it).
struct WindowPooling: Sendable {
  enum Kind: Sendable { case largest, mean }

  let kind: Kind
  let stride: Int
  let padding: Int

  private static let window = 3

  /// Keeps the map's size.
  static func same(_ kind: Kind) -> WindowPooling { WindowPooling(kind: kind, stride: 1, padding: 1) }
  /// Largest values, halving the map.
  static let halving = WindowPooling(kind: .largest, stride: 2, padding: 0)

  /// The side of the output map for a side of the input map.
  func outputSize(of size: Int) -> Int { (size + 2 * padding - Self.window) / stride + 1 }

  /// - Parameters:
  ///   - input: (size, size, channels).
  ///   - output: (output size, output size, channels), pixels `outputStride` values apart.
  func forward(
    _ input: UnsafePointer<Float>, size: Int, channels: Int, into output: UnsafeMutablePointer<Float>,
    outputStride: Int
  ) {
    let outputSize = outputSize(of: size)
    for row in 0..<outputSize {
      let ys = inside(row, size)
      for column in 0..<outputSize {
        let xs = inside(column, size)
        let target = output + (row * outputSize + column) * outputStride
        target.update(from: input + (ys.lowerBound * size + xs.lowerBound) * channels, count: channels)
        for y in ys {
          for x in xs where y > ys.lowerBound || x > xs.lowerBound {
            let source = input + (y * size + x) * channels
            switch kind {
            case .largest:
              for channel in 0..<channels { target[channel] = max(target[channel], source[channel]) }
            case .mean:
              for channel in 0..<channels { target[channel] += source[channel] }
            }
          }
        }
        guard kind == .mean else { continue }
        let count = Float(ys.count * xs.count)
        for channel in 0..<channels { target[channel] /= count }
      }
    }
  }

  /// The rows or columns of the map in the window of an output row or column.
  private func inside(_ index: Int, _ size: Int) -> Range<Int> {
    let first = index * stride - padding
    return max(first, 0)..<min(first + Self.window, size)
  }
}
