#if JPEG
  import CTurboJPEG
#endif

/// JPEG files through libjpeg-turbo, where the build has the trait `JPEG`.
public enum JPEG {
  /// Whether this build reads JPEG files.
  public static var isAvailable: Bool {
    #if JPEG
      true
    #else
      false
    #endif
  }

  /// Whether bytes begin as JPEG files do.
  static func begins(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0xFF, 0xD8, 0xFF]) }

  /// Decodes JPEG bytes of any kind that libjpeg-turbo reads, baseline or progressive, as Pillow does: accurate
  /// inverse transform, smooth upsampling of colour, profiles and the camera's orientation ignored. Grey files
  /// give 1 channel, colour and CMYK files 3; CMYK is inverted, as Adobe writes it, and each colour multiplied
  /// with black as in Pillow's `convert("RGB")`.
  /// - Parameter path: names the bytes in errors.
  /// - Throws: `ImageError` for a file that is truncated, damaged or too large, and for every file where the
  ///   build has no JPEG.
  public static func decode(_ bytes: [UInt8], path: String) throws -> DecodedImage {
    #if JPEG
      guard isWhole(bytes) else {
        throw ImageError.damaged(path: path, detail: "it ends before its image does")
      }
      guard let decoder = tjInitDecompress() else {
        throw ImageError.unreadable(path: path, reason: "libjpeg-turbo cannot start")
      }
      defer { tjDestroy(decoder) }
      var notes = [DecodedImage.Note]()
      let image = try decode(bytes, path: path, with: decoder, notes: &notes)
      return DecodedImage(image: image, notes: notes)
    #else
      throw ImageError.withoutJPEG(path: path)
    #endif
  }

  #if JPEG
    /// Whether all segments before the image data fit into the file and an end marker comes after. The decoder
    /// itself fills up what is missing with grey.
    private static func isWhole(_ bytes: [UInt8]) -> Bool {
      let (fill, startOfScan, endOfImage) = (UInt8(0xFF), UInt8(0xDA), UInt8(0xD9))
      var position = 2
      while position + 4 <= bytes.count {
        if bytes[position + 1] == fill || bytes[position] != fill {
          position += 1  // fill bytes, or stray ones, which decoders skip
          continue
        }
        if bytes[position + 1] == startOfScan {
          return zip(bytes[position...], bytes[(position + 1)...]).contains { $0 == fill && $1 == endOfImage }
        }
        position += 2 + max(Int(bytes[position + 2]) << 8 | Int(bytes[position + 3]), 2)
      }
      return false
    }

    private static func decode(
      _ bytes: [UInt8], path: String, with decoder: tjhandle, notes: inout [DecodedImage.Note]
    ) throws -> Image {
      let size = UInt(bytes.count)
      var (width, height, subsampling, space) = (Int32(0), Int32(0), Int32(0), Int32(0))
      guard tjDecompressHeader3(decoder, bytes, size, &width, &height, &subsampling, &space) == 0 else {
        throw ImageError.damaged(path: path, detail: message(decoder))
      }
      let (columns, rows) = (Int(width), Int(height))
      guard columns > 0, rows > 0, columns * rows <= PNG.pixelLimit else {
        throw ImageError.tooLarge(path: path, width: columns, height: rows, limit: PNG.pixelLimit)
      }
      let format: TJPF =
        switch UInt32(space) {
        case TJCS_GRAY.rawValue: TJPF_GRAY
        case TJCS_CMYK.rawValue, TJCS_YCCK.rawValue: TJPF_CMYK
        default: TJPF_RGB
        }
      let samples = format == TJPF_GRAY ? 1 : format == TJPF_CMYK ? 4 : 3
      var pixels = [UInt8](repeating: 0, count: columns * rows * samples)
      let result = tjDecompress2(
        decoder, bytes, size, &pixels, width, width * Int32(samples), height, Int32(format.rawValue),
        Int32(TJFLAG_ACCURATEDCT))
      if result != 0 {
        let message = message(decoder)
        guard tjGetErrorCode(decoder) == Int32(TJERR_WARNING.rawValue),
          !message.lowercased().contains("premature end")
        else { throw ImageError.damaged(path: path, detail: message) }
        notes.append(.decoder(message))
      }
      return Image(
        width: columns, height: rows, channels: samples == 1 ? 1 : 3,
        pixels: samples == 4 ? withoutBlack(pixels) : pixels)
    }

    /// RGB of inverted CMYK: of a stored colour c and black k, c · k / 255 rounded as Pillow rounds it.
    private static func withoutBlack(_ pixels: [UInt8]) -> [UInt8] {
      var result = [UInt8]()
      result.reserveCapacity(pixels.count / 4 * 3)
      for start in stride(from: 0, to: pixels.count, by: 4) {
        let light = Int(pixels[start + 3])
        for ink in start..<start + 3 {
          let product = (255 - Int(pixels[ink])) * light + 128
          result.append(UInt8(max(light - ((product >> 8) + product) >> 8, 0)))
        }
      }
      return result
    }

    private static func message(_ decoder: tjhandle) -> String {
      guard let text = tjGetErrorStr2(decoder) else { return "libjpeg-turbo gives no reason" }
      return String(cString: text)
    }
  #endif
}
