/// A grey or colour image of bytes.
///
/// Shape: pixels (height, width, channels) in row-major order, values 0...255, channels 1 (grey) or 3 (RGB).
public struct Image: Sendable, Equatable {
  public let width: Int
  public let height: Int
  public let channels: Int
  public var pixels: [UInt8]

  /// Requires positive sides, 1 or 3 channels and exactly `width × height × channels` pixels.
  public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
    precondition(width > 0 && height > 0, "an image needs positive sides, found \(width)x\(height)")
    precondition(channels == 1 || channels == 3, "an image has 1 or 3 channels, not \(channels)")
    precondition(
      pixels.count == width * height * channels,
      "\(width)x\(height)x\(channels) needs \(width * height * channels) bytes, found \(pixels.count)")
    self.width = width
    self.height = height
    self.channels = channels
    self.pixels = pixels
  }

  /// A plain image: every pixel has the value of `colour`, one byte per channel.
  public init(width: Int, height: Int, colour: [UInt8]) {
    var pixels = [UInt8]()
    pixels.reserveCapacity(width * height * colour.count)
    for _ in 0..<width * height { pixels.append(contentsOf: colour) }
    self.init(width: width, height: height, channels: colour.count, pixels: pixels)
  }

  /// The byte at row `y`, column `x` of one channel.
  public subscript(y: Int, x: Int, channel: Int) -> UInt8 {
    get { pixels[(y * width + x) * channels + channel] }
    set { pixels[(y * width + x) * channels + channel] = newValue }
  }
}
