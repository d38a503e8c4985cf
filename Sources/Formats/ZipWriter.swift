import Files

/// Writes zip files whose bytes depend on their content alone: entries stored uncompressed, in the sequence
/// given, all dated 1 January 1980 (the format's zero).
///
/// Entries or files above 4 GiB get the fields of zip64; smaller ones do without, so that every reader takes
/// them.
public struct ZipWriter {
  /// An entry: its name and its bytes in consecutive pieces.
  public struct Entry {
    public let name: String
    public let pieces: [ArraySlice<UInt8>]

    public init(_ name: String, pieces: [ArraySlice<UInt8>]) {
      self.name = name
      self.pieces = pieces
    }

    var size: UInt64 { pieces.reduce(0) { $0 + UInt64($1.count) } }
  }

  /// Sizes and offsets above this are written in zip64 fields; only tests lower it.
  private let limit: UInt64

  public init(plainUpTo limit: UInt64 = UInt64(UInt32.max) - 1) { self.limit = limit }

  /// Writes the file so that it appears whole or not at all. Throws `FileError.io`.
  public func write(_ entries: [Entry], to path: String) throws {
    precondition(entries.count < Int(UInt16.max), "an archive of few entries")
    precondition(Set(entries.map(\.name)).count == entries.count, "names must differ")
    let file = try AtomicFile(path)
    var offset: UInt64 = 0
    func put(_ bytes: ArraySlice<UInt8>) throws {
      try bytes.withUnsafeBytes { try file.write($0) }
      offset += UInt64(bytes.count)
    }
    var directory = Bytes()
    for entry in entries {
      let checksum = Checksum.crc32(of: entry.pieces)
      directory.append(centralHeader(entry, checksum, offset))
      try put(localHeader(entry, checksum).values[...])
      for piece in entry.pieces { try put(piece) }
    }
    let start = offset
    try put(directory.values[...])
    try put(ending(count: entries.count, start: start, size: UInt64(directory.values.count)).values[...])
    try file.publish()
  }

  private func localHeader(_ entry: Entry, _ checksum: UInt32) -> Bytes {
    let large = entry.size > limit
    var header = Bytes()
    header.append32(0x0403_4B50)
    appendCommon(to: &header, entry, checksum, large: large, extra: large ? 20 : 0)
    header.append(Array(entry.name.utf8))
    if large { header.appendZip64([entry.size, entry.size]) }
    return header
  }

  private func centralHeader(_ entry: Entry, _ checksum: UInt32, _ offset: UInt64) -> Bytes {
    let large = entry.size > limit || offset > limit
    var header = Bytes()
    header.append32(0x0201_4B50)
    header.append16(large ? 45 : 20)
    appendCommon(to: &header, entry, checksum, large: large, extra: large ? 28 : 0)
    // No comment, first disk, no attributes.
    header.append(Array(repeating: 0, count: 10))
    header.append32(large ? .max : UInt32(offset))
    header.append(Array(entry.name.utf8))
    if large { header.appendZip64([entry.size, entry.size, offset]) }
    return header
  }

  /// What local and central headers share: version, flags, method, date, checksum, sizes, lengths of name and
  /// extra fields.
  private func appendCommon(
    to header: inout Bytes, _ entry: Entry, _ checksum: UInt32, large: Bool, extra: UInt16
  ) {
    header.append16(large ? 45 : 20)
    header.append32(0)
    header.append32(0x0021_0000)
    header.append32(checksum)
    let size = large ? UInt32.max : UInt32(entry.size)
    header.append32(size)
    header.append32(size)
    header.append16(UInt16(entry.name.utf8.count))
    header.append16(extra)
  }

  private func ending(count: Int, start: UInt64, size: UInt64) -> Bytes {
    var ending = Bytes()
    let large = start > limit || size > limit
    if large {
      ending.append32(0x0606_4B50)
      ending.append64(44)
      ending.append16(45)
      ending.append16(45)
      ending.append64(0)
      for value in [UInt64(count), UInt64(count), size, start] { ending.append64(value) }
      ending.append32(0x0706_4B50)
      ending.append32(0)
      ending.append64(start + size)
      ending.append32(1)
    }
    ending.append32(0x0605_4B50)
    ending.append32(0)
    ending.append16(UInt16(count))
    ending.append16(UInt16(count))
    ending.append32(large ? .max : UInt32(size))
    ending.append32(large ? .max : UInt32(start))
    ending.append16(0)
    return ending
  }
}

/// Little-endian fields.
private struct Bytes {
  var values = [UInt8]()

  mutating func append(_ bytes: [UInt8]) { values += bytes }
  mutating func append(_ bytes: Bytes) { values += bytes.values }
  mutating func append16(_ value: UInt16) { withUnsafeBytes(of: value.littleEndian) { values += $0 } }
  mutating func append32(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { values += $0 } }
  mutating func append64(_ value: UInt64) { withUnsafeBytes(of: value.littleEndian) { values += $0 } }

  /// The extra field of zip64.
  mutating func appendZip64(_ fields: [UInt64]) {
    append16(1)
    append16(UInt16(8 * fields.count))
    for field in fields { append64(field) }
  }
}
