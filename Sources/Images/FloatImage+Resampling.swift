/// The resizers of image metrics (pipeline/method/metrics.md §2). The choice changes scores more than most
/// models do, so every score names the one it used.
extension FloatImage {
  /// Bilinear interpolation between the two nearest rows and columns, without antialiasing, in Float.
  /// - Parameter halfPixel: `false` is TensorFlow 1's rule, position · scale (the original Fréchet inception
  ///   distance); `true` samples pixel centres, as PyTorch's `interpolate` does with `align_corners=False`.
  public func bilinear(width newWidth: Int, height newHeight: Int, halfPixel: Bool) -> FloatImage {
    let columns = Self.neighbours(input: width, output: newWidth, halfPixel: halfPixel)
    let rows = Self.neighbours(input: height, output: newHeight, halfPixel: halfPixel)
    var result = [Float]()
    result.reserveCapacity(newWidth * newHeight * channels)
    for row in rows {
      let upper = row.low * width
      let lower = row.high * width
      for column in columns {
        for channel in 0..<channels {
          let left = values[(upper + column.low) * channels + channel]
          let right = values[(upper + column.high) * channels + channel]
          let lowerLeft = values[(lower + column.low) * channels + channel]
          let lowerRight = values[(lower + column.high) * channels + channel]
          let top = left + (right - left) * column.share
          let bottom = lowerLeft + (lowerRight - lowerLeft) * column.share
          result.append(top + (bottom - top) * row.share)
        }
      }
    }
    return FloatImage(width: newWidth, height: newHeight, channels: channels, values: result)
  }

  /// Pillow's resize of each channel in mode `F`: antialiased, accumulated in Double, stored as Float between
  /// the passes, not clipped (the "clean" recipe clips to 0...255 afterwards).
  public func resampled(width newWidth: Int, height newHeight: Int, filter: PillowFilter) -> FloatImage {
    if newWidth == width && newHeight == height { return self }
    if PassOrder.verticalFirst(from: (width, height), to: (newWidth, newHeight)) {
      return resampledRows(height: newHeight, filter: filter).resampledColumns(
        width: newWidth, filter: filter)
    }
    return resampledColumns(width: newWidth, filter: filter).resampledRows(height: newHeight, filter: filter)
  }

  /// Every value limited to 0...255.
  public var clipped: FloatImage {
    FloatImage(width: width, height: height, channels: channels, values: values.map { min(max($0, 0), 255) })
  }

  private func resampledColumns(width newWidth: Int, filter: PillowFilter) -> FloatImage {
    if newWidth == width { return self }
    let windows = filter.windows(input: width, output: newWidth)
    var result = [Float]()
    result.reserveCapacity(newWidth * height * channels)
    for y in 0..<height {
      for window in windows {
        let start = (y * width + window.start) * channels
        for channel in 0..<channels {
          var sum = 0.0
          for (offset, weight) in window.weights.enumerated() {
            sum += Double(values[start + offset * channels + channel]) * weight
          }
          result.append(Float(sum))
        }
      }
    }
    return FloatImage(width: newWidth, height: height, channels: channels, values: result)
  }

  private func resampledRows(height newHeight: Int, filter: PillowFilter) -> FloatImage {
    if newHeight == height { return self }
    let row = width * channels
    var result = [Float]()
    result.reserveCapacity(newHeight * row)
    for window in filter.windows(input: height, output: newHeight) {
      for column in 0..<row {
        var sum = 0.0
        for (offset, weight) in window.weights.enumerated() {
          sum += Double(values[(window.start + offset) * row + column]) * weight
        }
        result.append(Float(sum))
      }
    }
    return FloatImage(width: width, height: newHeight, channels: channels, values: result)
  }

  private static func neighbours(
    input: Int, output: Int, halfPixel: Bool
  ) -> [(low: Int, high: Int, share: Float)] {
    let scale = Float(input) / Float(output)
    return (0..<output).map { index in
      let position = halfPixel ? max((Float(index) + 0.5) * scale - 0.5, 0) : Float(index) * scale
      let low = min(Int(position), input - 1)
      return (low, min(low + 1, input - 1), position - Float(low))
    }
  }
}

/// Which axis Pillow resamples first.
enum PassOrder {
  /// Since version 13 the rows go first when the height shrinks much more than the width; before, the columns
  /// always did. Rounding between the passes makes the order visible in bytes.
  static func verticalFirst(from old: (width: Int, height: Int), to new: (width: Int, height: Int)) -> Bool {
    new.width != old.width && new.height < old.height
      && 2 * new.width * old.height > old.width * (new.height + old.height)
  }
}
