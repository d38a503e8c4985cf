extension Image {
  /// The image with 1 or 3 channels: grey is replicated, colour becomes luma by ITU-R BT.601 in 16-bit fixed
  /// point (the rule of Pillow's mode `L`).
  public func converted(channels target: Int) -> Image {
    precondition(target == 1 || target == 3, "an image has 1 or 3 channels, not \(target)")
    if target == channels { return self }
    var result = [UInt8]()
    result.reserveCapacity(width * height * target)
    if target == 3 {
      for value in pixels {
        result.append(value)
        result.append(value)
        result.append(value)
      }
    } else {
      for start in stride(from: 0, to: pixels.count, by: 3) {
        let red = UInt32(pixels[start])
        let green = UInt32(pixels[start + 1])
        let blue = UInt32(pixels[start + 2])
        result.append(UInt8((red * 19_595 + green * 38_470 + blue * 7_471 + 32_768) >> 16))
      }
    }
    return Image(width: width, height: height, channels: target, pixels: result)
  }

  /// The image at another size by nearest neighbour: hard pixels, for display only.
  public func nearest(width newWidth: Int, height newHeight: Int) -> Image {
    if newWidth == width && newHeight == height { return self }
    var result = Image(width: newWidth, height: newHeight, colour: [UInt8](repeating: 0, count: channels))
    for y in 0..<newHeight {
      let fromY = (2 * y + 1) * height / (2 * newHeight)
      for x in 0..<newWidth {
        let fromX = (2 * x + 1) * width / (2 * newWidth)
        for channel in 0..<channels { result[y, x, channel] = self[fromY, fromX, channel] }
      }
    }
    return result
  }
}
