import CZlib
import Files

/// Reads zip files: entries stored or deflated, with zip64 fields where there are any.
///
/// Everything is checked before bytes are handed out: the directory lies inside the file, entries lie before
/// it and apart from each other, unpacked they are not absurdly larger than the file, sizes and CRC-32 of every
/// entry read are what the directory says. Nothing is written, so names are only names.
struct ZipReader {
  struct Entry {
    let name: String
    let method: Int
    let checksum: UInt32
    let packedSize: Int
    let size: Int
    let offset: Int
  }

  /// In the sequence of the directory.
  let entries: [Entry]
  private let file: MappedFile

  /// Reads a file and its directory.
  ///
  /// - Throws: `FormatError.missing`, `.malformed` or `.unsupported`, and `FileError.io`.
  init(reading path: String) throws { try self.init(try MappedFile(path)) }

  /// Reads the directory of an open file.
  ///
  /// - Throws: `FormatError.malformed` or `.unsupported`.
  init(_ fields: MappedFile) throws {
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
        throw fields.malformed("'\(shown(entry.name))' lies behind the directory")
      }
      entries.append(entry)
      position = next
    }
    guard Set(entries.map(\.name)).count == entries.count else {
      throw fields.malformed("two entries have one name")
    }
    self.entries = entries
    file = fields
    try checkPlaces(before: directory.offset)
  }

  /// Refuses entries that share bytes, as archives do that unpack to more than any disk holds.
  private func checkPlaces(before directory: Int) throws {
    var (end, total) = (0, 0)
    for entry in entries.sorted(by: { $0.offset < $1.offset }) {
      guard entry.offset >= end else {
        throw file.malformed("'\(shown(entry.name))' overlaps the entry before it")
      }
      end = try place(of: entry).upperBound
      guard end <= directory else { throw file.malformed("'\(shown(entry.name))' overlaps the directory") }
      let (sum, overflow) = total.addingReportingOverflow(entry.size)
      guard !overflow, sum <= Expansion.limit(file.count) else {
        throw file.malformed("its entries unpack to more than \(grouped(Expansion.limit(file.count))) bytes")
      }
      total = sum
    }
  }

  /// Where the packed bytes of an entry lie in the file. Throws `FormatError.malformed`.
  private func place(of entry: Entry) throws -> Range<Int> {
    let name = shown(entry.name)
    guard try file.integer(entry.offset, 4) == 0x0403_4B50 else {
      throw file.malformed("'\(name)' is not where the directory says")
    }
    let start =
      entry.offset + 30 + (try file.integer(entry.offset + 26, 2))
      + (try file.integer(entry.offset + 28, 2))
    guard start <= file.count, entry.packedSize <= file.count - start else {
      throw file.malformed("'\(name)' ends after the file")
    }
    return start..<start + entry.packedSize
  }

  /// The bytes of an entry, unpacked and checked.
  ///
  /// - Throws: `FormatError.malformed` or `.unsupported`.
  func contents(of entry: Entry) throws -> ArraySlice<UInt8> {
    if let range = try storedRange(of: entry) { return file.copy(range)[...] }
    guard entry.method == 8 else {
      throw FormatError.unsupported(
        path: file.path,
        what: "'\(shown(entry.name))' is packed by method \(entry.method), "
          + "expected 0 (stored) or 8 (deflated)")
    }
    let packed = UnsafeRawBufferPointer(rebasing: file.bytes[try place(of: entry)])
    let result = try Self.inflated(packed, entry, file)
    try result.withUnsafeBytes { try check($0, entry) }
    return result[...]
  }

  /// Where the bytes of an entry lie in the file, checked, or nil if they are packed.
  ///
  /// - Throws: `FormatError.malformed`.
  func storedRange(of entry: Entry) throws -> Range<Int>? {
    guard entry.method == 0 else { return nil }
    let range = try place(of: entry)
    try check(UnsafeRawBufferPointer(rebasing: file.bytes[range]), entry)
    return range
  }

  private func check(_ bytes: UnsafeRawBufferPointer, _ entry: Entry) throws {
    guard bytes.count == entry.size, Checksum.crc32(0, bytes) == entry.checksum else {
      throw file.malformed(
        "'\(shown(entry.name))' does not have the size and CRC-32 that the directory says")
    }
  }

  /// Where the ending record begins: the last one whose comment reaches to the end of the file.
  private static func ending(_ fields: MappedFile) throws -> Int {
    let count = fields.count
    for position in stride(from: count - 22, through: max(count - 22 - 65535, 0), by: -1)
    where fields[position] == 0x50 {
      guard try fields.integer(position, 4) == 0x0605_4B50,
        try fields.integer(position + 20, 2) == count - 22 - position
      else { continue }
      return position
    }
    throw fields.malformed("expected a zip archive, found no directory at its end")
  }

  private static func entry(_ fields: MappedFile, at position: Int) throws -> (Entry, next: Int) {
    let lengths = try [28, 30, 32].map { try fields.integer(position + $0, 2) }
    let extra = position + 46 + lengths[0]
    let next = extra + lengths[1] + lengths[2]
    guard next <= fields.count else { throw fields.malformed("its directory is cut off") }
    let name = String(decoding: fields.copy(position + 46..<extra), as: UTF8.self)
    guard try fields.integer(position + 8, 2) & 1 == 0 else {
      throw FormatError.unsupported(path: fields.path, what: "'\(shown(name))' is encrypted")
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
    _ packed: UnsafeRawBufferPointer, _ entry: Entry, _ fields: MappedFile
  ) throws -> [UInt8] {
    // Deflate packs at most 1032 bytes into one.
    guard entry.size / 1032 <= packed.count else {
      throw fields.malformed("'\(shown(entry.name))' announces \(entry.size) bytes in \(packed.count)")
    }
    var stream = z_stream()
    guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw fields.malformed("zlib cannot start")
    }
    defer { inflateEnd(&stream) }
    var (status, taken) = (Z_OK, 0)
    let result = [UInt8](unsafeUninitializedCapacity: entry.size) { target, filled in
      // zlib reads but does not change its input, whatever its declaration says.
      let source = UnsafeMutableRawBufferPointer(mutating: packed).assumingMemoryBound(to: UInt8.self)
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
    guard status == Z_STREAM_END, taken == packed.count else {
      throw fields.malformed("the packed bytes of '\(shown(entry.name))' are damaged")
    }
    return result
  }
}

/// zlib's checksum.
enum Checksum {
  /// The CRC-32 of consecutive pieces.
  static func crc32(of pieces: [ArraySlice<UInt8>]) -> UInt32 {
    pieces.reduce(0) { sum, piece in piece.withUnsafeBytes { crc32(sum, $0) } }
  }

  /// The CRC-32 of what `sum` is the CRC-32 of, followed by more bytes.
  static func crc32(_ sum: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
    var sum = UInt(sum)
    let start = bytes.assumingMemoryBound(to: UInt8.self).baseAddress
    // zlib counts bytes in 32 bits.
    for offset in stride(from: 0, to: bytes.count, by: 1 << 30) {
      sum = CZlib.crc32(sum, start.map { $0 + offset }, UInt32(min(1 << 30, bytes.count - offset)))
    }
    return UInt32(truncatingIfNeeded: sum)
  }
}
