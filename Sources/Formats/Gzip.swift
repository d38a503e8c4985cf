import CZlib

/// One gzip member in memory, through zlib.
package enum Gzip {
  package static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

  /// The uncompressed bytes, checked against the member's checksum and length.
  /// - Throws: `FormatError.truncated` or `.damaged`, also when more than `limit` bytes come out.
  package static func decompress(_ bytes: [UInt8], path: String, limit: Int) throws -> [UInt8] {
    var stream = z_stream()
    // 15 bits of window, +16: expect the gzip wrapper.
    let size = Int32(MemoryLayout<z_stream>.size)
    guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, size) == Z_OK else {
      throw FormatError.damaged(path: path, detail: "zlib cannot start")
    }
    defer { inflateEnd(&stream) }
    var input = bytes
    var result = [UInt8]()
    var block = [UInt8](repeating: 0, count: 1 << 18)
    return try input.withUnsafeMutableBufferPointer { source in
      stream.next_in = source.baseAddress
      stream.avail_in = UInt32(source.count)
      while true {
        let (status, produced) = block.withUnsafeMutableBufferPointer { target in
          stream.next_out = target.baseAddress
          stream.avail_out = UInt32(target.count)
          let status = inflate(&stream, Z_NO_FLUSH)
          return (status, target.count - Int(stream.avail_out))
        }
        result.append(contentsOf: block.prefix(produced))
        guard result.count <= limit else {
          throw FormatError.damaged(path: path, detail: "it unpacks to more than \(limit) bytes")
        }
        switch status {
        case Z_STREAM_END:
          guard stream.avail_in == 0 else {
            throw FormatError.damaged(
              path: path, detail: "\(stream.avail_in) bytes follow the end of its compressed data")
          }
          return result
        case Z_OK where stream.avail_in > 0 || produced == block.count:
          continue
        case Z_OK, Z_BUF_ERROR:
          throw FormatError.truncated(path: path, expected: source.count + 1, found: source.count)
        default:
          let reason = stream.msg.map { String(cString: $0) } ?? "zlib reports error \(status)"
          throw FormatError.damaged(path: path, detail: "its compressed data are wrong (\(reason))")
        }
      }
    }
  }
}
