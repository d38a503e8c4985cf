import Files

/// One column of a shard: where its elements lie in the payload.
public struct ShardColumn: Equatable, Sendable {
  public let name: String
  public let type: ElementType
  /// Extents of one record's entry; for weights, of the whole tensor.
  public let shape: [Int]
  /// First byte, counted from the start of the payload; a multiple of 64.
  public let offset: Int
  public let bytes: Int
}

/// The first line of a shard: everything about it except its numbers (pipeline/SHARDS.md §3).
public struct ShardHeader: Equatable, Sendable {
  public let kind: ShardKind
  /// Version of the kind's columns and extra facts.
  public let schema: Int
  /// Zero-based index within `shards`.
  public let shard: Int
  public let shards: Int
  public let records: Int
  public let columns: [ShardColumn]
  /// Facts of the kind that are not per record.
  public let extra: JSONValue
  public let payloadBytes: Int
  /// SHA-256 of the payload, 64 hexadecimal digits: equal ids mean equal results.
  public let contentID: String
  public let provenance: Provenance

  static let format = "oar-shard"
  static let major = 1
  static let minor = 0
  /// Columns and the end of the header line fall on multiples of this many bytes.
  static let alignment = 64
  static let longestLine = 16 << 20

  /// Which part of its split the shard is; nil for a count that no file name can say.
  public var part: ShardPart? { ShardPart(index: shard, count: shards) }

  static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }

  /// The header as the file has it, without keys that this program does not know.
  public var json: JSONValue {
    let list = columns.map { column -> JSONValue in
      [
        "name": .string(column.name), "dtype": .string(column.type.rawValue),
        "shape": .array(column.shape.map(JSONValue.integer)), "offset": .integer(column.offset),
        "bytes": .integer(column.bytes),
      ]
    }
    return [
      "format": .string(Self.format), "version": [.integer(Self.major), .integer(Self.minor)],
      "kind": .string(kind.rawValue), "schema": .integer(schema), "shard": .integer(shard),
      "shards": .integer(shards), "records": .integer(records), "columns": .array(list), "extra": extra,
      "payload_bytes": .integer(payloadBytes), "payload_sha256": .string(contentID),
      "provenance": provenance.json,
    ]
  }

  /// The header as its line of JSON, padded with spaces before the line feed to a multiple of 64 bytes.
  var line: [UInt8] {
    var line = Array(json.text.utf8)
    line.append(contentsOf: repeatElement(0x20, count: Self.aligned(line.count + 1) - line.count - 1))
    line.append(0x0a)
    return line
  }
}

extension ShardHeader {
  /// Reads and checks a header line and the layout it promises.
  ///
  /// - Parameters:
  ///   - line: the bytes up to and including the line feed.
  ///   - contentBytes: bytes of line and payload together, from the preamble.
  ///   - minor: the minor version, from the preamble.
  init(line: UnsafeRawBufferPointer, contentBytes: Int, minor: Int, path: String) throws {
    func malformed(_ what: String) -> ShardError { .malformed(path: path, what: what) }
    let json: JSONValue
    do { json = try JSONValue(parsing: line) } catch {
      throw malformed("its header is not JSON, \(error)")
    }
    func value<T>(_ key: String, _ kind: String, _ read: (JSONValue) -> T?) throws -> T {
      guard let found = json[key] else { throw malformed("its header lacks '\(key)'") }
      guard let result = read(found) else {
        throw malformed("'\(key)' in its header is not \(kind), found \(found.text.prefix(80))")
      }
      return result
    }
    func count(_ key: String) throws -> Int {
      try value(key, "a count") { $0.int.flatMap { $0 >= 0 ? $0 : nil } }
    }
    guard line.count % Self.alignment == 0 else {
      throw malformed("its header line has \(line.count) bytes, expected a multiple of \(Self.alignment)")
    }
    _ = try value("format", "'\(Self.format)'") { $0.string == Self.format ? true : nil }
    _ = try value("version", "[\(Self.major), \(minor)] as in its preamble") {
      $0.ints == [Self.major, minor] ? true : nil
    }
    kind = try value("kind", "a known kind") { $0.string.flatMap(ShardKind.init(rawValue:)) }
    schema = try count("schema")
    shard = try count("shard")
    shards = try count("shards")
    records = try count("records")
    extra = try value("extra", "an object") { $0.object == nil ? nil : $0 }
    payloadBytes = try count("payload_bytes")
    contentID = try value("payload_sha256", "64 hexadecimal digits") {
      $0.string.flatMap { $0.utf8.count == 64 && $0.utf8.allSatisfy(Self.isLowerHexadecimal) ? $0 : nil }
    }
    provenance = try value("provenance", "complete", Provenance.init(json:))
    guard shard < shards else {
      throw malformed("it is shard \(shard) of \(shards), expected an index below the count")
    }
    let (promised, overflow) = line.count.addingReportingOverflow(payloadBytes)
    guard !overflow, promised == contentBytes else {
      throw malformed(
        "header line and payload take \(line.count) + \(payloadBytes) bytes, expected \(contentBytes)"
      )
    }
    let list = try value("columns", "a list", \.array)
    guard kind != .weights || records == 1 else {
      throw malformed("it holds weights in \(records) records, expected 1")
    }
    columns = try Self.layout(list, records: records, payloadBytes: payloadBytes, malformed)
  }

  private static func isLowerHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  /// Checks that the columns tile the payload: in order, each at the next multiple of 64, with no other gaps.
  private static func layout(
    _ list: [JSONValue], records: Int, payloadBytes: Int, _ malformed: (String) -> ShardError
  ) throws -> [ShardColumn] {
    var columns: [ShardColumn] = []
    var names: Set<String> = []
    var end = 0
    for (index, entry) in list.enumerated() {
      guard let name = entry["name"]?.string, let shape = entry["shape"]?.ints,
        let offset = entry["offset"]?.int,
        let bytes = entry["bytes"]?.int, let typeName = entry["dtype"]?.string, offset >= 0, bytes >= 0,
        shape.allSatisfy({ $0 >= 0 })
      else {
        throw malformed("column \(index) lacks a name, dtype, shape, offset or bytes of the right type")
      }
      guard let type = ElementType(rawValue: typeName) else {
        throw malformed("column '\(name)' has the unknown dtype '\(typeName)'")
      }
      guard names.insert(name).inserted else { throw malformed("the column '\(name)' occurs twice") }
      var needed = type.width
      for extent in shape + [records] {
        let (product, overflow) = needed.multipliedReportingOverflow(by: extent)
        guard !overflow else { throw malformed("the size of column '\(name)' overflows") }
        needed = product
      }
      guard needed == bytes else {
        throw malformed("column '\(name)' says \(bytes) bytes, but its dtype and shape need \(needed)")
      }
      let start = aligned(end)
      guard offset == start else {
        let what =
          offset < start ? "overlaps the column before it or is not aligned" : "leaves a hole before it"
        throw malformed("column '\(name)' at offset \(offset) \(what), expected offset \(start)")
      }
      guard offset <= payloadBytes, bytes <= payloadBytes - offset else {
        throw malformed("column '\(name)' ends after the payload of \(payloadBytes) bytes")
      }
      end = offset + bytes
      columns.append(ShardColumn(name: name, type: type, shape: shape, offset: offset, bytes: bytes))
    }
    guard end == payloadBytes else {
      throw malformed("its columns end at byte \(end) of a payload of \(payloadBytes) bytes")
    }
    return columns
  }
}
