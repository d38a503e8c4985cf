extension Image {
  /// The image with masked pixels in a plain colour.
  /// - Parameter masked: (height, width).
  public func masked(_ masked: [Bool], colour: [UInt8] = [214, 120, 110]) -> Image {
    precondition(masked.count == width * height && colour.count == 3, "a mask fills its image")
    var result = converted(channels: 3)
    for (pixel, isMasked) in masked.enumerated() where isMasked {
      result.pixels.replaceSubrange(3 * pixel..<3 * pixel + 3, with: colour)
    }
    return result
  }

  /// The image with the pixels of another one outside the mask.
  /// - Parameter masked: (height, width); the images have one size.
  public func pasting(_ other: Image, outside masked: [Bool]) -> Image {
    precondition(
      other.width == width && other.height == height && other.channels == channels
        && masked.count == width * height, "images and mask have one size")
    var result = self
    for (pixel, isMasked) in masked.enumerated() where !isMasked {
      let bytes = pixel * channels..<(pixel + 1) * channels
      result.pixels.replaceSubrange(bytes, with: other.pixels[bytes])
    }
    return result
  }
}
