import CPNG

/// PNG files through libpng's simplified interface.
public enum PNG {
  /// What becomes of a fourth channel.
  public enum Opacity: Sendable {
    /// Pixels are laid on white.
    case onWhite
    /// Colours are taken as stored, as Pillow's `convert("RGB")` and so all scoring tools do.
    case dropped
  }

  /// The largest image that is decoded, in pixels.
  public static let pixelLimit = 1 << 26

  /// The longest side of an image that is encoded, in pixels.
  private static let sideLimit = 1_000_000

  /// Reads a PNG file of any kind: grey, RGB, with alpha, palette, 1 to 16 bits, interlaced.
  ///
  /// Samples are taken as stored (colour management chunks are ignored, as image models do), transparency is
  /// treated as `opacity` says, 16 bits are divided by 257 and rounded. Grey files give 1 channel, all others 3.
  /// - Throws: `ImageError` for a file that is missing, not PNG, truncated, damaged or too large.
  public static func read(_ path: String, opacity: Opacity = .onWhite) throws -> DecodedImage {
    try decode(try ImageFiles.read(path), path: path, opacity: opacity)
  }

  /// Decodes PNG bytes; `path` names them in errors.
  public static func decode(
    _ bytes: [UInt8], path: String, opacity: Opacity = .onWhite
  ) throws -> DecodedImage {
    let file = try PNGChunks(bytes, path: path)
    var notes = [DecodedImage.Note]()
    if file.bitDepth == 16 { notes.append(.reducedFromSixteenBits) }
    // libpng keeps the address between its calls, so all of them happen while the bytes stay where they are.
    let image = try file.bytes.withUnsafeBytes { try decode($0, path: path, opacity, notes: &notes) }
    return DecodedImage(image: image, notes: notes)
  }

  /// The PNG file of an image: 8 bits, grey or RGB; equal images give equal bytes.
  /// - Throws: `ImageError.unwritable` when libpng refuses, for instance for want of memory.
  public static func encode(_ image: Image) throws -> [UInt8] {
    // libpng counts the bytes of a row in 32 bits and takes at most a million rows and columns.
    guard max(image.width, image.height) <= sideLimit else {
      throw ImageError.unwritable(
        path: "a PNG in memory",
        reason: "\(image.width)x\(image.height) pixels are more than \(sideLimit) along a side")
    }
    var control = png_image()
    control.version = UInt32(PNG_IMAGE_VERSION)
    control.width = UInt32(image.width)
    control.height = UInt32(image.height)
    control.format = image.channels == 3 ? colour : 0
    defer { png_image_free(&control) }
    let stride = Int32(image.width * image.channels)
    var size = 0
    guard png_image_write_to_memory(&control, nil, &size, 0, image.pixels, stride, nil) != 0 else {
      throw ImageError.unwritable(path: "a PNG in memory", reason: message(&control))
    }
    var bytes = [UInt8](repeating: 0, count: size)
    guard png_image_write_to_memory(&control, &bytes, &size, 0, image.pixels, stride, nil) != 0 else {
      throw ImageError.unwritable(path: "a PNG in memory", reason: message(&control))
    }
    return Array(bytes.prefix(size))
  }

  /// Writes an image as PNG, whole or not at all.
  /// - Throws: `ImageError.unwritable` with the system's reason.
  public static func write(_ image: Image, to path: String) throws {
    try ImageFiles.write(try encode(image), to: path)
  }

  // The format flags of png.h, whose macros Swift does not import.
  private static let alpha: UInt32 = 1
  private static let colour: UInt32 = 2
  private static let sixteenBitAsStored: UInt32 = 4

  private static func decode(
    _ bytes: UnsafeRawBufferPointer, path: String, _ opacity: Opacity, notes: inout [DecodedImage.Note]
  ) throws -> Image {
    var control = png_image()
    control.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&control) }
    guard png_image_begin_read_from_memory(&control, bytes.baseAddress, bytes.count) != 0 else {
      throw ImageError.damaged(path: path, detail: message(&control))
    }
    control.flags |= sixteenBitAsStored
    control.format &= alpha | colour
    let hasAlpha = control.format & alpha != 0
    let channels = control.format & colour != 0 ? 3 : 1
    let samples = channels + (hasAlpha ? 1 : 0)
    let (width, height) = (Int(control.width), Int(control.height))
    var pixels = [UInt8](repeating: 0, count: width * height * samples)
    guard png_image_finish_read(&control, nil, &pixels, Int32(width * samples), nil) != 0 else {
      throw ImageError.damaged(path: path, detail: message(&control))
    }
    if control.warning_or_error & 3 == 1 { notes.append(.decoder(message(&control))) }
    if hasAlpha {
      if stride(from: samples - 1, to: pixels.count, by: samples).contains(where: { pixels[$0] < 255 }) {
        notes.append(opacity == .onWhite ? .compositedOnWhite : .opacityDropped)
      }
      pixels =
        opacity == .onWhite
        ? compositedOnWhite(pixels, channels: channels)
        : pixels.enumerated().filter { $0.offset % samples < channels }.map(\.element)
    }
    return Image(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// Lays each pixel (channels and opacity) on white and drops the opacity, rounding to nearest.
  private static func compositedOnWhite(_ pixels: [UInt8], channels: Int) -> [UInt8] {
    var result = [UInt8]()
    result.reserveCapacity(pixels.count / (channels + 1) * channels)
    for start in stride(from: 0, to: pixels.count, by: channels + 1) {
      let opacity = Int(pixels[start + channels])
      for channel in 0..<channels {
        let onWhite = Int(pixels[start + channel]) * opacity + 255 * (255 - opacity)
        result.append(UInt8((2 * onWhite + 255) / 510))
      }
    }
    return result
  }

  /// libpng's text for the last failure or warning.
  private static func message(_ control: inout png_image) -> String {
    let text = withUnsafeBytes(of: &control.message) { raw in
      String(decoding: raw.prefix { $0 != 0 }, as: UTF8.self)
    }
    return text.isEmpty ? "libpng gives no reason" : text
  }
}
