import Files

/// A shard in memory, verified as far as the container goes.
///
/// The tables of `Kinds` add the meaning: `OrderTable(reading: path)` also checks that orders are
/// permutations.
public struct Shard: Sendable {
  public let path: String
  public let header: ShardHeader
  private let content: ShardContent
  private let payloadStart: Int

  /// Reads and verifies a shard: magic, version, one whole frame and nothing after it, checksums, header,
  /// layout.
  ///
  /// Throws the first `ShardError` in that order; never repairs, skips or guesses.
  public init(reading path: String) throws {
    self.path = path
    let frame = try ShardFrame(path)
    content = try frame.decompress()
    let line = try content.line(path: path)
    payloadStart = line.count
    header = try ShardHeader(
      line: line, contentBytes: content.bytes.count, minor: frame.minor, path: path)
    var hash = SHA256()
    hash.update(UnsafeRawBufferPointer(rebasing: content.bytes[payloadStart...]))
    let found = hash.hex()
    guard found == header.contentID else {
      throw ShardError.corrupt(
        path: path,
        what: "expected a payload with SHA-256 \(header.contentID.prefix(12))…, found \(found.prefix(12))…")
    }
    var end = 0
    for column in header.columns {
      guard content.bytes[(payloadStart + end)..<(payloadStart + column.offset)].allSatisfy({ $0 == 0 })
      else {
        throw ShardError.malformed(path: path, what: "the padding before column '\(column.name)' is not zero")
      }
      end = column.offset + column.bytes
    }
  }

  /// The elements of a column of this shard.
  public func values(of column: ShardColumn) -> ColumnValues {
    let start = payloadStart + column.offset
    return ColumnValues(
      column.type, bytes: UnsafeRawBufferPointer(rebasing: content.bytes[start..<(start + column.bytes)]))
  }

  /// A column of f32 or f16 as a tensor; the values of f32 stay where they are.
  func tensor(_ column: ShardColumn) -> NamedTensor {
    guard column.type == .f32 else {
      return NamedTensor(column.name, shape: column.shape, values: values(of: column).floats)
    }
    let start = payloadStart + column.offset
    let bytes = UnsafeRawBufferPointer(rebasing: content.bytes[start..<(start + column.bytes)])
    return NamedTensor(
      column.name, shape: column.shape, lent: bytes.assumingMemoryBound(to: Float.self), by: content)
  }

  /// The little-endian bytes of a column of this shard.
  public func bytes(of column: ShardColumn) -> [UInt8] {
    let start = payloadStart + column.offset
    return Array(content.bytes[start..<(start + column.bytes)])
  }

  /// The elements of the column with this name.
  ///
  /// Throws `ShardError.mismatch` if there is none, or if its shape or type are not the expected ones.
  public func values(_ name: String, _ type: ElementType, shape: [Int]) throws -> ColumnValues {
    let expected = "a column '\(name)' of \(type.rawValue)\(shape)"
    guard let column = header.columns.first(where: { $0.name == name }) else {
      let names = header.columns.map(\.name).joined(separator: ", ")
      throw ShardError.mismatch(path: path, expected: expected, found: "the columns \(names)")
    }
    guard column.type == type, column.shape == shape else {
      throw ShardError.mismatch(
        path: path, expected: expected, found: "\(column.type.rawValue)\(column.shape)")
    }
    return values(of: column)
  }
}

extension ShardHeader {
  /// Reads only the header of a shard, without decompressing or hashing the payload.
  ///
  /// Enough to list a folder or to compare content ids; it notices neither truncation nor bit rot.
  /// Throws `ShardError`.
  public static func peek(_ path: String) throws -> ShardHeader {
    let frame = try ShardFrame(path)
    let content = try frame.decompress(untilLineFeed: true)
    return try ShardHeader(
      line: try content.line(path: path), contentBytes: frame.contentBytes, minor: frame.minor, path: path)
  }

  /// Verifies the whole file and returns its header. Throws `ShardError`.
  public static func read(_ path: String) throws -> ShardHeader { try Shard(reading: path).header }
}
