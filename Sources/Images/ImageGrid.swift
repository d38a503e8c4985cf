/// Puts images side by side.
public enum ImageGrid {
  /// Rows of `columns` images with `gap` pixels between them; an incomplete last row is filled with the
  /// background.
  ///
  /// All images need one size; the result has 3 channels if one of them has, else 1.
  /// - Parameter background: grey level of the gaps.
  public static func compose(
    _ images: [Image], columns: Int, gap: Int = 2, background: UInt8 = 255
  ) -> Image {
    precondition(!images.isEmpty && columns > 0 && gap >= 0, "a grid needs images and columns")
    let (width, height) = (images[0].width, images[0].height)
    precondition(
      images.allSatisfy { $0.width == width && $0.height == height }, "images of a grid have one size")
    let channels = images.contains { $0.channels == 3 } ? 3 : 1
    let acrossCount = min(columns, images.count)
    let downCount = (images.count + columns - 1) / columns
    var result = Image(
      width: acrossCount * (width + gap) - gap, height: downCount * (height + gap) - gap,
      colour: [UInt8](repeating: background, count: channels))
    for (index, image) in images.enumerated() {
      let converted = image.converted(channels: channels)
      let left = index % columns * (width + gap)
      let top = index / columns * (height + gap)
      for y in 0..<height {
        let from = y * width * channels
        let to = ((top + y) * result.width + left) * channels
        result.pixels.replaceSubrange(
          to..<to + width * channels, with: converted.pixels[from..<from + width * channels])
      }
    }
    return result
  }

  /// Two equally long lists woven into pairs, such as samples and their order maps: a0 b0 a1 b1 ….
  public static func pairs(_ first: [Image], _ second: [Image]) -> [Image] {
    zip(first, second).flatMap { [$0, $1] }
  }
}
