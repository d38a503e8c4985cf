import Foundation

extension PNG {
  /// The image as a PNG inside a URI, for pages that hold everything they show.
  /// - Throws: `ImageError` when it cannot be encoded.
  public static func dataURI(_ image: Image) throws -> String {
    "data:image/png;base64," + Data(try encode(image)).base64EncodedString()
  }
}
