/// An image with what was done to it on the way from its file.
public struct DecodedImage: Sendable, Equatable {
  /// What a reader may want to tell about a decoded file.
  public enum Note: Hashable, Sendable, CustomStringConvertible {
    /// Some pixel was not opaque; the image lies on white.
    case compositedOnWhite
    /// Some pixel was not opaque; its colour was taken as stored.
    case opacityDropped
    /// Samples of 16 bits were divided by 257 and rounded.
    case reducedFromSixteenBits
    /// The decoder's own warning.
    case decoder(String)

    public var description: String {
      switch self {
      case .compositedOnWhite: "transparent pixels were composited on white"
      case .opacityDropped: "transparent pixels count with the colour stored below their transparency"
      case .reducedFromSixteenBits: "16-bit samples were reduced to 8 bits"
      case .decoder(let message): "the decoder warns: \(message)"
      }
    }
  }

  public let image: Image
  public let notes: [Note]

  public init(image: Image, notes: [Note]) {
    self.image = image
    self.notes = notes
  }
}
