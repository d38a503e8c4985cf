import Randomness

/// The synthetic set: one grey shape of random place, size and shade on a plain dark background.
///
/// Image `id` is a pure function of (seed, id, size): it needs no file, which is why the smoke run and the
/// tests use it. The class is `id mod 4`. Edges are smoothed by 4 x 4 samples per pixel, with plain
/// arithmetic only, so that every machine draws equal bytes.
public enum Shapes {
  /// The classes in label order.
  public static let classNames = ["cross", "disc", "square", "triangle"]
  /// Images in a split when no limit is given.
  static let defaultCounts: [ImageSplit: Int] = [.train: 400, .test: 100]
  /// Test images have ids from here on, so that no training id meets a test id.
  static let firstTestID: UInt64 = 1_000_000

  public static func label(of id: UInt64) -> UInt32 { UInt32(id % UInt64(classNames.count)) }

  /// Draws image `id`, grey, `size` x `size`.
  public static func image(seed: UInt64, id: UInt64, size: Int) -> Image {
    var random = RandomStream(seed: seed, purpose: "shapes.image", id)
    // All lengths are in units of the image side.
    let radius = 0.16 + 0.16 * random.uniform()
    let centreX = radius + 0.04 + (0.92 - 2 * radius) * random.uniform()
    let centreY = radius + 0.04 + (0.92 - 2 * radius) * random.uniform()
    let background = 16 * Double(random.below(4))
    let shade = 135 + 24 * Double(random.below(6))
    let label = Int(label(of: id))

    var pixels = [UInt8]()
    pixels.reserveCapacity(size * size)
    for y in 0..<size {
      for x in 0..<size {
        var covered = 0
        for sample in 0..<16 {
          let sampleX = (Double(x) + (Double(sample % 4) + 0.5) / 4) / Double(size)
          let sampleY = (Double(y) + (Double(sample / 4) + 0.5) / 4) / Double(size)
          if contains(label, (sampleX - centreX) / radius, (sampleY - centreY) / radius) { covered += 1 }
        }
        let value = background + (shade - background) * Double(covered) / 16
        pixels.append(UInt8(value.rounded()))
      }
    }
    return Image(width: size, height: size, channels: 1, pixels: pixels)
  }

  /// Whether a point lies in the shape of unit radius at the origin; y points down.
  private static func contains(_ label: Int, _ x: Double, _ y: Double) -> Bool {
    switch classNames[label] {
    case "cross": (abs(x) <= 0.34 && abs(y) <= 1) || (abs(y) <= 0.34 && abs(x) <= 1)
    case "disc": x * x + y * y <= 1
    case "square": abs(x) <= 0.88 && abs(y) <= 0.88
    default: y <= 1 && 2 * abs(x) <= y + 1
    }
  }
}
