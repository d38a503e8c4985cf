import CZlib
import Shards

/// Reads zip files: entries stored or deflated, with zip64 fields where there are any.
///
/// Everything is checked before bytes are handed out: the directory lies inside the file, entries lie before
/// it, sizes and CRC-32 of every entry read are what the directory says.
struct ZipReader {
  struct Entry {
    let name: String
    let method: Int
    let checksum: UInt32
    let packedSize: Int
    let size: Int
    let offset: Int
  }

  let path: String
  /// In the sequence of the directory.
  let entries: [Entry]
  private let bytes: [UInt8]

  /// Reads a file and its directory.
  ///
  /// - Throws: `CheckpointError.missing`, `.malformed` or `.unsupported`, and `ShardError.io`.
  init(reading path: String) throws {
    let bytes = try fileBytes(path)
    let fields = Fields(bytes: bytes, path: path)
    let end = try Self.ending(fields)
    var directory = (
      count: try fields.integer(end + 10, 2), size: try fields.integer(end + 12, 4),
      offset: try fields.integer(end + 16, 4)
    )
    if end >= 20, try fields.integer(end - 20, 4) == 0x0706_4B50 {
      let record = try fields.integer(end - 12, 8)
      guard try fields.integer(record, 4) == 0x0606_4B50 else {
        throw fields.malformed("its zip64 ending is not where its locator says")
      }
      directory = (
        try fields.integer(record + 32, 8), try fields.integer(record + 40, 8),
        try fields.integer(record + 48, 8)
      )
    }
    guard directory.offset <= end, directory.size <= end - directory.offset else {
      throw fields.malformed("its directory lies outside the file")
    }
    var entries = [Entry]()
    var position = directory.offset
    for _ in 0..<directory.count {
      guard position < end, try fields.integer(position, 4) == 0x0201_4B50 else {
        throw fields.malformed(
          "its directory announces \(directory.count) entries and holds \(entries.count)")
      }
      let (entry, next) = try Self.entry(fields, at: position)
      guard entry.offset < directory.offset else {
        throw fields.malformed("'\(entry.name)' lies behind the directory")
      }
      entries.append(entry)
      position = next
    }
    guard Set(entries.map(\.name)).count == entries.count else {
      throw fields.malformed("two entries have one name")
    }
    self.path = path
    self.entries = entries
    self.bytes = bytes
  }

  /// The bytes of an entry, unpacked and checked.
  ///
  /// - Throws: `CheckpointError.malformed` or `.unsupported`.
  func contents(of entry: Entry) throws -> ArraySlice<UInt8> {
    let fields = Fields(bytes: bytes, path: path)
    guard try fields.integer(entry.offset, 4) == 0x0403_4B50 else {
      throw fields.malformed("'\(entry.name)' is not where the directory says")
    }
    let start =
      entry.offset + 30 + (try fields.integer(entry.offset + 26, 2))
      + (try fields.integer(entry.offset + 28, 2))
    guard start <= bytes.count, entry.packedSize <= bytes.count - start else {
      throw fields.malformed("'\(entry.name)' ends after the file")
    }
    let packed = bytes[start..<start + entry.packedSize]
    let result: ArraySlice<UInt8>
    switch entry.method {
    case 0: result = packed
    case 8: result = try Self.inflated(packed, entry, fields)[...]
    default:
      throw CheckpointError.unsupported(
        path: path,
        what: "'\(entry.name)' is packed by method \(entry.method), expected 0 (stored) or 8 (deflated)")
    }
    guard result.count == entry.size, Checksum.crc32(of: [result]) == entry.checksum else {
      throw fields.malformed("'\(entry.name)' does not have the size and CRC-32 that the directory says")
    }
    return result
  }

  /// Where the ending record begins: the last one whose comment reaches to the end of the file.
  private static func ending(_ fields: Fields) throws -> Int {
    let count = fields.bytes.count
    for position in stride(from: count - 22, through: max(count - 22 - 65535, 0), by: -1)
    where fields.bytes[position] == 0x50 {
      guard try fields.integer(position, 4) == 0x0605_4B50,
        try fields.integer(position + 20, 2) == count - 22 - position
      else { continue }
      return position
    }
    throw fields.malformed("expected a zip archive, found no directory at its end")
  }

  private static func entry(_ fields: Fields, at position: Int) throws -> (Entry, next: Int) {
    let lengths = try [28, 30, 32].map { try fields.integer(position + $0, 2) }
    let extra = position + 46 + lengths[0]
    let next = extra + lengths[1] + lengths[2]
    guard next <= fields.bytes.count else { throw fields.malformed("its directory is cut off") }
    let name = String(decoding: fields.bytes[position + 46..<extra], as: UTF8.self)
    guard try fields.integer(position + 8, 2) & 1 == 0 else {
      throw CheckpointError.unsupported(path: fields.path, what: "'\(name)' is encrypted")
    }
    var values = try [24, 20, 42].map { try fields.integer(position + $0, 4) }
    var field = extra
    while field + 4 <= extra + lengths[1] {
      let (kind, length) = (try fields.integer(field, 2), try fields.integer(field + 2, 2))
      if kind == 1 {
        // Only the values that do not fit stand here, in this sequence: size, packed size, offset.
        var place = field + 4
        for index in values.indices where values[index] == Int(UInt32.max) && place + 8 <= field + 4 + length
        {
          values[index] = try fields.integer(place, 8)
          place += 8
        }
      }
      field += 4 + length
    }
    return (
      Entry(
        name: name, method: try fields.integer(position + 10, 2),
        checksum: UInt32(try fields.integer(position + 16, 4)), packedSize: values[1], size: values[0],
        offset: values[2]), next
    )
  }

  private static func inflated(
    _ packed: ArraySlice<UInt8>, _ entry: Entry, _ fields: Fields
  ) throws -> [UInt8] {
    // Deflate packs at most 1032 bytes into one.
    guard entry.size / 1032 <= packed.count else {
      throw fields.malformed("'\(entry.name)' announces \(entry.size) bytes in \(packed.count)")
    }
    var stream = z_stream()
    guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw fields.malformed("zlib cannot start")
    }
    defer { inflateEnd(&stream) }
    var input = Array(packed)
    var (status, taken) = (Z_OK, 0)
    let result = [UInt8](unsafeUninitializedCapacity: entry.size) { target, filled in
      input.withUnsafeMutableBufferPointer { source in
        // zlib counts bytes in 32 bits.
        while status == Z_OK {
          let (into, from) = (min(target.count - filled, 1 << 30), min(source.count - taken, 1 << 30))
          stream.next_in = source.baseAddress.map { $0 + taken }
          stream.avail_in = UInt32(from)
          stream.next_out = target.baseAddress.map { $0 + filled }
          stream.avail_out = UInt32(into)
          status = inflate(&stream, Z_NO_FLUSH)
          taken += from - Int(stream.avail_in)
          filled += into - Int(stream.avail_out)
        }
      }
    }
    guard status == Z_STREAM_END, taken == packed.count else {
      throw fields.malformed("the packed bytes of '\(entry.name)' are damaged")
    }
    return result
  }
}

/// Little-endian integers of a file.
private struct Fields {
  let bytes: [UInt8]
  let path: String

  func malformed(_ what: String) -> CheckpointError { .malformed(path: path, what: what) }

  /// The integer of `width` bytes at an offset.
  func integer(_ offset: Int, _ width: Int) throws -> Int {
    guard offset >= 0, offset <= bytes.count - width else {
      throw malformed("expected a zip archive's field at byte \(offset) of \(bytes.count)")
    }
    let value = (0..<width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[offset + $1]) }
    guard let result = Int(exactly: value), result < 1 << 60 else { throw malformed("a size overflows") }
    return result
  }
}

/// zlib's checksum.
enum Checksum {
  /// The CRC-32 of consecutive pieces.
  static func crc32(of pieces: [ArraySlice<UInt8>]) -> UInt32 {
    var sum: UInt = 0
    for piece in pieces {
      piece.withUnsafeBufferPointer { bytes in
        // zlib counts bytes in 32 bits.
        for start in stride(from: 0, to: bytes.count, by: 1 << 30) {
          sum = CZlib.crc32(
            sum, bytes.baseAddress.map { $0 + start }, UInt32(min(1 << 30, bytes.count - start)))
        }
      }
    }
    return UInt32(truncatingIfNeeded: sum)
  }
}
