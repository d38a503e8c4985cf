import CZstd
import Files
import Foundation

/// The decompressed bytes of a shard: header line and payload, starting at a multiple of 64 bytes.
final class ShardContent: @unchecked Sendable {
  let bytes: UnsafeRawBufferPointer
  private let base: UnsafeMutableRawPointer

  /// Takes memory over that was allocated with `posix_memalign`.
  init(base: UnsafeMutableRawPointer, count: Int) {
    self.base = base
    bytes = UnsafeRawBufferPointer(start: base, count: count)
  }

  deinit { free(base) }

  /// The header line with its line feed.
  func line(path: String) throws -> UnsafeRawBufferPointer {
    let limit = min(bytes.count, ShardHeader.longestLine)
    guard let end = bytes[0..<limit].firstIndex(of: 0x0a) else {
      let what = "its header line has no end within \(grouped(limit)) bytes"
      throw ShardError.malformed(path: path, what: what)
    }
    return UnsafeRawBufferPointer(rebasing: bytes[0...end])
  }
}

/// A shard's preamble and its single zstd frame, still compressed (pipeline/SHARDS.md §2).
struct ShardFrame {
  static let preambleBytes = 32
  static let magic = Array("OARSHARD".utf8)
  private static let skippableMagic: UInt32 = 0x184D_2A50
  /// The longest a zstd frame header can be; a frame that holds a header line is longer.
  private static let longestFrameHeader = 18

  /// Bytes of header line and payload after decompression.
  let contentBytes: Int
  /// The minor version that the preamble says.
  let minor: Int
  private let file: ReadableFile
  /// The first bytes of the frame, already read from the file.
  private let head: [UInt8]

  /// The preamble of a file with content of this size.
  static func preamble(contentBytes: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
    append(skippableMagic)
    append(UInt32(preambleBytes - 8))
    bytes += magic
    append(UInt16(ShardHeader.major))
    append(UInt16(ShardHeader.minor))
    append(UInt32(0))
    append(UInt64(contentBytes))
    return bytes
  }

  /// Opens a shard and checks its preamble and the first bytes of its frame.
  init(_ path: String) throws {
    file = try ReadableFile(path)
    let preamble = try file.read(Self.preambleBytes)
    func integer<T: FixedWidthInteger>(_ offset: Int, _ type: T.Type) -> T {
      preamble.withUnsafeBytes { T(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: T.self)) }
    }
    guard preamble.count == Self.preambleBytes, integer(0, UInt32.self) == Self.skippableMagic,
      Array(preamble[8..<16]) == Self.magic
    else {
      throw ShardError.notAShard(path: path, firstBytes: hexadecimal(preamble.prefix(16), separator: " "))
    }
    let major = integer(16, UInt16.self)
    let flags = integer(20, UInt32.self)
    guard major == ShardHeader.major, flags == 0 else {
      let found = major == ShardHeader.major ? "the unknown flags \(flags)" : "format version \(major)"
      throw ShardError.unsupportedVersion(
        path: path, found: found, supported: "format version \(ShardHeader.major)")
    }
    guard integer(4, UInt32.self) == UInt32(Self.preambleBytes - 8) else {
      throw ShardError.malformed(
        path: path, what: "its preamble says \(integer(4, UInt32.self)) bytes, expected 24")
    }
    let promised = integer(24, UInt64.self)
    head = try file.read(Self.longestFrameHeader)
    try Self.check(head, promised: promised, path: path)
    // No frame can hold more: a zstd block takes at least 4 bytes and gives at most 128 KiB.
    guard let count = Int(exactly: promised), count / (1 << 15) <= file.size else {
      throw ShardError.malformed(
        path: path, what: "its preamble promises \(promised) bytes, more than it can hold")
    }
    contentBytes = count
    minor = Int(integer(18, UInt16.self))
  }

  /// Checks a zstd frame's first bytes: magic, content size present and as promised, checksum present, no
  /// dictionary.
  private static func check(_ head: [UInt8], promised: UInt64, path: String) throws {
    guard head.count == longestFrameHeader else {
      throw ShardError.truncated(path: path, expected: Int(clamping: promised), found: 0)
    }
    guard head.starts(with: [0x28, 0xb5, 0x2f, 0xfd]) else {
      let found = hexadecimal(head.prefix(4), separator: " ")
      throw ShardError.corrupt(path: path, what: "expected a zstd frame after the preamble, found \(found)")
    }
    guard head[4] & 0b11000 == 0 else {
      throw ShardError.corrupt(path: path, what: "unused bits are set in the header of its zstd frame")
    }
    guard head[4] & 0b100 != 0 else {
      throw ShardError.malformed(path: path, what: "its frame has no checksum")
    }
    guard head[4] & 0b11 == 0 else {
      throw ShardError.malformed(path: path, what: "its frame needs a dictionary")
    }
    let size = head.withUnsafeBytes { ZSTD_getFrameContentSize($0.baseAddress, $0.count) }
    // ZSTD_CONTENTSIZE_UNKNOWN and ZSTD_CONTENTSIZE_ERROR are the two largest values.
    guard size < UInt64.max - 1 else {
      throw ShardError.malformed(path: path, what: "its frame does not say the size of its content")
    }
    guard size == promised else {
      throw ShardError.malformed(
        path: path, what: "its preamble promises \(promised) bytes, its frame \(size)")
    }
  }

  /// Decompresses the frame and checks that it is whole and the last thing in the file.
  ///
  /// - Parameter untilLineFeed: stop after the header line and check only what was seen.
  func decompress(untilLineFeed: Bool = false) throws -> ShardContent {
    let capacity = untilLineFeed ? min(contentBytes, ShardHeader.longestLine + 1) : contentBytes
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, 64, max(capacity, 64)) == 0, let base = memory,
      let context = ZSTD_createDCtx()
    else { throw FileError.io(path: file.path, operation: "find memory for", code: ENOMEM) }
    defer { ZSTD_freeDCtx(context) }
    var input = head
    var output = ZSTD_outBuffer(dst: base, size: capacity, pos: 0)
    var searched = 0
    var hint = 1
    do {
      while true {
        hint = try step(context, &input, &output)
        let found = memchr(base + searched, 0x0a, output.pos - searched) != nil
        if untilLineFeed, found || output.pos == capacity {
          return ShardContent(base: base, count: output.pos)
        }
        searched = output.pos
        if hint == 0 { break }
        if input.isEmpty { input = try file.read(1 << 20) }
        if input.isEmpty {
          // With all content there, what is missing is the frame's end; then count the file's bytes instead.
          let isWhole = output.pos == contentBytes
          throw ShardError.truncated(
            path: file.path, expected: isWhole ? file.size + hint : contentBytes,
            found: isWhole ? file.size : output.pos)
        }
      }
      let rest = input.count + file.unread
      if rest > 0 { throw ShardError.trailingBytes(path: file.path, count: rest) }
      guard output.pos == contentBytes else {
        throw ShardError.truncated(path: file.path, expected: contentBytes, found: output.pos)
      }
    } catch {
      free(base)
      throw error
    }
    return ShardContent(base: base, count: contentBytes)
  }

  /// Feeds `input` to the decoder, removes what it took, and returns its hint: 0 when the frame is complete.
  private func step(_ context: OpaquePointer, _ input: inout [UInt8], _ output: inout ZSTD_outBuffer) throws
    -> Int
  {
    let (hint, taken) = input.withUnsafeBytes { bytes -> (Int, Int) in
      var source = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
      let hint = ZSTD_decompressStream(context, &output, &source)
      return (hint, source.pos)
    }
    if ZSTD_isError(hint) != 0 {
      let name = String(cString: ZSTD_getErrorName(hint))
      throw ShardError.corrupt(path: file.path, what: "zstd says '\(name)'")
    }
    input.removeFirst(taken)
    return hint
  }
}
