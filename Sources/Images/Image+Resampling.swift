extension Image {
  /// Pillow's resize of a byte image, bit for bit (version 13): antialiased, weights in fixed point with 22
  /// bits, rounded and clamped to bytes after each pass.
  public func resampled(width newWidth: Int, height newHeight: Int, filter: PillowFilter) -> Image {
    precondition(newWidth > 0 && newHeight > 0, "an image needs positive sides")
    if newWidth == width && newHeight == height { return self }
    if PassOrder.verticalFirst(from: (width, height), to: (newWidth, newHeight)) {
      return resampledRows(height: newHeight, filter: filter).resampledColumns(
        width: newWidth, filter: filter)
    }
    return resampledColumns(width: newWidth, filter: filter).resampledRows(height: newHeight, filter: filter)
  }

  private static let fractionBits = 22

  private func resampledColumns(width newWidth: Int, filter: PillowFilter) -> Image {
    if newWidth == width { return self }
    let windows = Self.fixedPoint(filter.windows(input: width, output: newWidth))
    var result = [UInt8]()
    result.reserveCapacity(newWidth * height * channels)
    for y in 0..<height {
      for window in windows {
        let start = (y * width + window.start) * channels
        for channel in 0..<channels {
          var sum = 1 << (Self.fractionBits - 1)
          for (offset, weight) in window.weights.enumerated() {
            sum += Int(pixels[start + offset * channels + channel]) * weight
          }
          result.append(Self.byte(sum))
        }
      }
    }
    return Image(width: newWidth, height: height, channels: channels, pixels: result)
  }

  private func resampledRows(height newHeight: Int, filter: PillowFilter) -> Image {
    if newHeight == height { return self }
    let row = width * channels
    var result = [UInt8]()
    result.reserveCapacity(newHeight * row)
    for window in Self.fixedPoint(filter.windows(input: height, output: newHeight)) {
      for column in 0..<row {
        var sum = 1 << (Self.fractionBits - 1)
        for (offset, weight) in window.weights.enumerated() {
          sum += Int(pixels[(window.start + offset) * row + column]) * weight
        }
        result.append(Self.byte(sum))
      }
    }
    return Image(width: width, height: newHeight, channels: channels, pixels: result)
  }

  /// Weights as integers, rounded half away from zero.
  private static func fixedPoint(_ windows: [PillowFilter.Window]) -> [(start: Int, weights: [Int])] {
    let one = Double(1 << fractionBits)
    return windows.map { window in
      (window.start, window.weights.map { Int($0 * one + ($0 < 0 ? -0.5 : 0.5)) })
    }
  }

  private static func byte(_ sum: Int) -> UInt8 {
    UInt8(min(max(sum >> fractionBits, 0), 255))
  }
}
