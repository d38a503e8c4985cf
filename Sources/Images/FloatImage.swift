/// An image of Float values, as feature networks read it.
///
/// Shape: values (height, width, channels) in row-major order; any range, any number of channels.
public struct FloatImage: Sendable, Equatable {
  public let width: Int
  public let height: Int
  public let channels: Int
  public var values: [Float]

  public init(width: Int, height: Int, channels: Int, values: [Float]) {
    precondition(width > 0 && height > 0 && channels > 0, "an image needs positive sizes")
    precondition(values.count == width * height * channels, "values do not fill the image")
    self.width = width
    self.height = height
    self.channels = channels
    self.values = values
  }

  /// The bytes of an image as 0...255.
  public init(_ image: Image) {
    self.init(
      width: image.width, height: image.height, channels: image.channels,
      values: image.pixels.map { Float($0) })
  }
}
