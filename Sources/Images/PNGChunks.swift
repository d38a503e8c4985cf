/// A PNG file walked chunk by chunk before libpng sees it.
///
/// The walk finds a truncated file with exact numbers, refuses images too large to decode, and leaves out the
/// colour management chunks, so that the decoder hands over the samples as stored.
struct PNGChunks {
  /// The file without colour management chunks and without anything after its end chunk.
  let bytes: [UInt8]
  /// Bits per sample as stored: 1, 2, 4, 8 or 16.
  let bitDepth: Int

  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  private static let colourManagement: Set<String> = ["gAMA", "cHRM", "sRGB", "iCCP", "cICP"]

  init(_ file: [UInt8], path: String) throws {
    guard file.starts(with: Self.signature) else {
      throw ImageError.notPNG(path: path, found: ImageFiles.beginning(of: file))
    }
    var kept = Self.signature
    kept.reserveCapacity(file.count)
    var position = 8
    var depth: Int?
    while true {
      // A chunk is length, name, data, checksum: 12 bytes around its data.
      guard position + 12 <= file.count else {
        throw ImageError.truncated(path: path, expected: position + 12, found: file.count)
      }
      let length = Self.integer(file, at: position)
      let end = position + 12 + length
      let name = String(decoding: file[position + 4..<position + 8], as: UTF8.self)
      guard end <= file.count else {
        throw ImageError.truncated(path: path, expected: end, found: file.count)
      }
      if depth == nil {
        guard name == "IHDR", length == 13 else {
          throw ImageError.damaged(path: path, detail: "its first chunk is not a header of 13 bytes")
        }
        let width = Self.integer(file, at: position + 8)
        let height = Self.integer(file, at: position + 12)
        guard height == 0 || width <= PNG.pixelLimit / height else {
          throw ImageError.tooLarge(path: path, width: width, height: height, limit: PNG.pixelLimit)
        }
        depth = Int(file[position + 16])
      }
      if !Self.colourManagement.contains(name) { kept.append(contentsOf: file[position..<end]) }
      if name == "IEND" { break }
      position = end
    }
    bytes = kept
    bitDepth = depth ?? 8
  }

  private static func integer(_ bytes: [UInt8], at position: Int) -> Int {
    bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
  }
}
