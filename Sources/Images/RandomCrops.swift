import Randomness

/// Random squares of a picture, as torchvision's `RandomResizedCrop` cuts them when width and height are equal; equal
/// settings cut equal squares (pipeline/method/tokenizer.md §8).
public struct RandomCrops: Sendable, Equatable {
  /// How many of each picture.
  public let count: Int
  /// The least share of the picture's area that a square has; the most is all of it.
  public let leastArea: Double
  public let seed: UInt64

  private static let tries = 10

  public init(count: Int, leastArea: Double, seed: UInt64) {
    precondition(count > 0 && leastArea > 0 && leastArea <= 1)
    self.count = count
    self.leastArea = leastArea
    self.seed = seed
  }

  /// The place of a square, in pixels: a share of the area is drawn until the square fits, ten times at most; then it
  /// is the largest one in the centre.
  /// - Parameters:
  ///   - sample: the id of the image.
  ///   - crop: which of its squares.
  public func square(width: Int, height: Int, sample: UInt64, crop: Int) -> (x: Int, y: Int, side: Int) {
    var stream = RandomStream(seed: seed, purpose: "tokens.crop", sample, UInt64(crop))
    for _ in 0..<Self.tries {
      let area = Double(width * height) * (leastArea + (1 - leastArea) * stream.uniform())
      let side = Int(area.squareRoot().rounded(.toNearestOrEven))
      if side > 0, side <= width, side <= height {
        let y = stream.below(height - side + 1)
        return (stream.below(width - side + 1), y, side)
      }
    }
    let side = min(width, height)
    return ((width - side) / 2, (height - side) / 2, side)
  }

  /// The squares of a picture, each brought to the size by Pillow's bilinear filter, which is antialiased.
  func callAsFunction(_ picture: Image, sample: UInt64, size: Int) -> [Image] {
    (0..<count).map { crop in
      let (x, y, side) = square(width: picture.width, height: picture.height, sample: sample, crop: crop)
      return picture.cropped(x: x, y: y, width: side, height: side)
        .resampled(width: size, height: size, filter: .bilinear)
    }
  }
}
