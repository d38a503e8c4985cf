import Randomness

/// Fashion-MNIST in colour: every garment gets a colour and lies on a background of another one, so that a sentence
/// tells what a picture shows and pixels tell whether it does (data/captions/README.md).
///
/// Colours are drawn from (seed, sample id), the rest is the grey picture's. In training, each class lacks one colour
/// of garments; the test split has all of them, so that it can be measured what a model makes of a pair never seen.
public enum TintedFashion {
  /// A colour that people have a word for.
  public struct Colour: Sendable, Equatable {
    public let name: String
    /// Red, green and blue.
    public let channels: [UInt8]
  }

  /// What lies behind the garments of a data set.
  public enum Background: String, Sendable, CaseIterable, Codable {
    /// A colour of the palette, another one for each picture.
    case colours
    /// White behind all, as in a shop's catalogue.
    case white
    /// Pixels that nothing foretells: each channel of each uniform in 0...255.
    case noise
  }

  /// What a picture shows and its sentences say.
  public struct Attributes: Sendable, Hashable {
    /// Index into `classWords`, which is the label of Fashion-MNIST.
    public let label: UInt32
    /// The garment's colour, an index into `palette`.
    public let garment: Int
    /// The background's colour, another index into `palette`, or `noise`.
    public let background: Int

    /// - Requires: a class, and two different colours.
    public init(label: UInt32, garment: Int, background: Int) {
      precondition(classWords.indices.contains(Int(label)), "there is no class \(label)")
      precondition(palette.indices.contains(garment))
      precondition(palette.indices.contains(background) || background == noise)
      precondition(garment != background, "a garment needs another colour than its background")
      self.label = label
      self.garment = garment
      self.background = background
    }

    /// Whether no training picture shows a garment of this class in this colour.
    public var isHeldOut: Bool { garment == heldOutGarment(of: label) }
  }

  public static let palette = [
    Colour(name: "red", channels: [220, 30, 40]), Colour(name: "orange", channels: [245, 130, 20]),
    Colour(name: "yellow", channels: [250, 225, 50]), Colour(name: "green", channels: [30, 150, 60]),
    Colour(name: "turquoise", channels: [50, 200, 200]), Colour(name: "blue", channels: [40, 80, 220]),
    Colour(name: "purple", channels: [130, 50, 180]), Colour(name: "pink", channels: [250, 150, 190]),
    Colour(name: "white", channels: [250, 250, 250]), Colour(name: "black", channels: [25, 25, 25]),
  ]

  /// Stands for a background of noise where the palette's index of a colour does for another one.
  public static let noise = palette.count
  private static let white = palette.firstIndex { $0.name == "white" } ?? 0

  /// What people call the classes, in label order.
  public static let classWords = [
    "t-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
  ]

  /// The side of the pictures in pixels; the garment's 28 lie in the middle.
  public static let size = 32

  /// The colour of garments that training lacks for a class: every class lacks one, and every colour is lacking once,
  /// which makes a tenth of all pairs.
  public static func heldOutGarment(of label: UInt32) -> Int { (3 * Int(label) + 2) % palette.count }

  /// What the picture of a sample shows.
  /// - Parameters:
  ///   - sampleID: as Fashion-MNIST's, of the picture as it is (without augmentation).
  ///   - label: its class.
  ///   - seed: that of the data.
  ///   - background: what lies behind all garments; none is white on white.
  public static func attributes(
    of sampleID: UInt64, label: UInt32, split: ImageSplit, seed: UInt64, background: Background = .colours
  ) -> Attributes {
    var random = RandomStream(seed: seed, purpose: "captions.colours", sampleID)
    let lacking = split == .train ? heldOutGarment(of: label) : nil
    let garments = palette.indices.filter { $0 != lacking && (background != .white || $0 != white) }
    let garment = garments[random.below(garments.count)]
    let backgrounds =
      switch background {
      case .colours: palette.indices.filter { $0 != garment }
      case .white: [white]
      case .noise: [noise]
      }
    return Attributes(
      label: label, garment: garment, background: backgrounds[random.below(backgrounds.count)])
  }

  /// Grey values up to which there is no garment, and from which on nothing of the background is seen.
  private static let edge = (low: 8.0, high: 32.0)
  /// The share of a colour's light that is left where the grey picture is darkest.
  static let darkestShade = 0.55

  /// Tints a grey picture: background · (1 − m) + garment · shade · m, where m and shade come from the grey value.
  /// - Parameters:
  ///   - grey: at most `size` pixels a side; it lies in the middle of the result.
  ///   - noise: draws a background of noise; nothing else reads it.
  /// - Returns: shape (size, size, 3).
  public static func image(of grey: Image, _ attributes: Attributes, noise random: RandomStream) -> Image {
    precondition(grey.channels == 1 && grey.width <= size && grey.height <= size)
    let garment = palette[attributes.garment].channels
    var result = background(attributes, random)
    let (left, top) = ((size - grey.width) / 2, (size - grey.height) / 2)
    for y in 0..<grey.height {
      for x in 0..<grey.width {
        let value = Double(grey[y, x, 0])
        let cover = min(max((value - edge.low) / (edge.high - edge.low), 0), 1)
        guard cover > 0 else { continue }
        let shade = darkestShade + (1 - darkestShade) * value / 255
        for channel in 0..<3 {
          let behind = Double(result[top + y, left + x, channel])
          let colour = behind * (1 - cover) + Double(garment[channel]) * shade * cover
          result[top + y, left + x, channel] = UInt8(colour.rounded())
        }
      }
    }
    return result
  }

  private static func background(_ attributes: Attributes, _ noise: RandomStream) -> Image {
    guard attributes.background == Self.noise else {
      return Image(width: size, height: size, colour: palette[attributes.background].channels)
    }
    var random = noise
    let values = (0..<size * size * 3).map { _ in UInt8(truncatingIfNeeded: random.next() >> 56) }
    return Image(width: size, height: size, channels: 3, pixels: values)
  }

  /// What draws the noise behind a sample's garment.
  public static func noise(of sampleID: UInt64, seed: UInt64) -> RandomStream {
    RandomStream(seed: seed, purpose: "captions.noise", sampleID)
  }
}
