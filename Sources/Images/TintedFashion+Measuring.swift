extension TintedFashion {
  /// What colours a picture has: that of the background at its border, that of the garment where it differs.
  public struct MeasuredColours: Sendable, Hashable {
    /// Index into `palette`; nil for a picture of one colour.
    public let garment: Int?
    /// Index into `palette`.
    public let background: Int

    public init(garment: Int?, background: Int) {
      self.garment = garment
      self.background = background
    }
  }

  /// A picture whose pixels differ from its background by less than this, in units of a channel, shows no garment.
  private static let leastDifference = 30.0

  /// Measures the colours of a picture of any size, drawn or generated.
  ///
  /// The background is the palette's colour nearest to the median of the border's pixels. Pixels that differ from it
  /// by half as much as the most different ones (a fiftieth is passed over) say what the garment's colour is: each
  /// votes for the colour that, at some shade, is nearest to it.
  /// - Parameter image: three channels.
  public static func measuredColours(of image: Image) -> MeasuredColours {
    precondition(image.channels == 3, "colours need three channels")
    let border = border(of: image)
    let middle = (0..<3).map { channel in border.map { $0[channel] }.sorted()[border.count / 2] }
    let background = nearest(to: middle) { distance(middle, $0) }
    let pixels = (0..<image.width * image.height).map { pixel(of: image, $0) }
    let differences = pixels.map { distance($0, middle) }
    let most = differences.sorted()[differences.count - max(1, differences.count / 50)]
    guard most.squareRoot() >= leastDifference else {
      return MeasuredColours(garment: nil, background: background)
    }
    var votes = [Int](repeating: 0, count: palette.count)
    for (pixel, difference) in zip(pixels, differences) where 4 * difference >= most {
      votes[nearest(to: pixel, except: background) { shadedDistance(pixel, $0) }] += 1
    }
    let best = votes.indices.max { (votes[$0], $1) < (votes[$1], $0) }
    return MeasuredColours(garment: best, background: background)
  }

  private static func border(of image: Image) -> [[Double]] {
    (0..<image.width * image.height).compactMap { index in
      let (y, x) = index.quotientAndRemainder(dividingBy: image.width)
      let isBorder = y == 0 || x == 0 || y == image.height - 1 || x == image.width - 1
      return isBorder ? pixel(of: image, index) : nil
    }
  }

  private static func pixel(of image: Image, _ index: Int) -> [Double] {
    image.pixels[3 * index..<3 * index + 3].map(Double.init)
  }

  /// The palette's colour of least distance, the first one on ties.
  private static func nearest(
    to pixel: [Double], except left: Int? = nil, _ distance: ([Double]) -> Double
  ) -> Int {
    var best = (index: 0, distance: Double.infinity)
    for (index, colour) in channels.enumerated() where index != left {
      let found = distance(colour)
      if found < best.distance { best = (index, found) }
    }
    return best.index
  }

  private static let channels = palette.map { $0.channels.map(Double.init) }

  /// The squared distance of two colours.
  private static func distance(_ one: [Double], _ other: [Double]) -> Double {
    (0..<3).reduce(0) { $0 + (one[$1] - other[$1]) * (one[$1] - other[$1]) }
  }

  /// The squared distance of a pixel and a colour at the shade that suits it best.
  private static func shadedDistance(_ pixel: [Double], _ colour: [Double]) -> Double {
    let along = (0..<3).reduce(0) { $0 + pixel[$1] * colour[$1] }
    let length = (0..<3).reduce(0) { $0 + colour[$1] * colour[$1] }
    let shade = min(max(along / length, darkestShade), 1)
    return distance(pixel, colour.map { shade * $0 })
  }
}
