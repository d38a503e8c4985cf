/// The crops that image generators are trained on, bit for bit as Pillow and torchvision make them.
extension Image {
  /// ADM's centre crop: the picture is halved by the box filter while its shorter side is at least twice the size,
  /// then brought to the size by the bicubic filter, and the centre is cut out.
  public func centreCropped(size: Int) -> Image {
    precondition(size > 0, "an image needs positive sides")
    var image = self
    while min(image.width, image.height) >= 2 * size {
      image = image.resampled(width: image.width / 2, height: image.height / 2, filter: .box)
    }
    let scale = Double(size) / Double(min(image.width, image.height))
    func scaled(_ side: Int) -> Int { Int((Double(side) * scale).rounded(.toNearestOrEven)) }
    image = image.resampled(width: scaled(image.width), height: scaled(image.height), filter: .bicubic)
    return image.cropped(
      x: (image.width - size) / 2, y: (image.height - size) / 2, width: size, height: size)
  }

  /// A rectangle of the image, which must lie in it.
  public func cropped(x: Int, y: Int, width newWidth: Int, height newHeight: Int) -> Image {
    precondition(x >= 0 && y >= 0 && x + newWidth <= width && y + newHeight <= height, "outside the image")
    if newWidth == width && newHeight == height { return self }
    var result = [UInt8]()
    result.reserveCapacity(newWidth * newHeight * channels)
    for row in y..<y + newHeight {
      let start = (row * width + x) * channels
      result += pixels[start..<start + newWidth * channels]
    }
    return Image(width: newWidth, height: newHeight, channels: channels, pixels: result)
  }

  /// The image with left and right exchanged.
  public var mirrored: Image {
    var result = self
    for y in 0..<height {
      for x in 0..<width {
        for channel in 0..<channels { result[y, x, channel] = self[y, width - 1 - x, channel] }
      }
    }
    return result
  }

  /// Squares at the corners (top left, top right, bottom left, bottom right) and in the centre.
  func fiveCrops(size: Int) -> [Image] {
    let (right, bottom) = (width - size, height - size)
    func half(_ room: Int) -> Int { Int((Double(room) / 2).rounded(.toNearestOrEven)) }
    return [(0, 0), (right, 0), (0, bottom), (right, bottom), (half(right), half(bottom))].map { x, y in
      cropped(x: x, y: y, width: size, height: size)
    }
  }
}
