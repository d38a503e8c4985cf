import Foundation
import Shards

/// The contents of a safetensors file: named arrays and text metadata.
///
/// Layout: a 64-bit little-endian header length, a JSON header with dtype, shape and byte range of each
/// array, then the bytes. The reader checks everything before handing out a number; the writer gives equal
/// bytes for equal content and orders arrays as the official library does.
public struct Safetensors: Equatable, Sendable {
  /// Sorted by name after reading.
  public var tensors: [StoredTensor]
  public var metadata: [String: String]

  public init(tensors: [StoredTensor], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }

  /// The array of this name, or nil.
  public subscript(_ name: String) -> StoredTensor? { tensors.first { $0.name == name } }

  /// All arrays as single precision, keeping their sequence.
  public var floats: [NamedTensor] {
    tensors.map { NamedTensor($0.name, shape: $0.shape, values: $0.floats) }
  }

  /// The official limit; a longer header is taken for damage.
  static let longestHeader = 100_000_000

  /// Reads and verifies a file.
  ///
  /// Throws `CheckpointError.missing`, `.malformed` or `.unsupported`, and `ShardError.io`.
  public init(reading path: String) throws {
    let bytes = try fileBytes(path)
    func malformed(_ what: String) -> CheckpointError { .malformed(path: path, what: what) }
    guard bytes.count >= 8 else { throw malformed("expected at least 8 bytes, found \(bytes.count)") }
    let length = bytes.withUnsafeBytes { UInt64(littleEndian: $0.loadUnaligned(as: UInt64.self)) }
    guard length <= Self.longestHeader else {
      throw malformed("its header has \(length) bytes, expected at most \(grouped(Self.longestHeader))")
    }
    let start = 8 + Int(length)
    guard start <= bytes.count else {
      throw malformed("its header ends at byte \(start) of a file of \(bytes.count)")
    }
    guard length > 0, bytes[8] == UInt8(ascii: "{") else {
      throw malformed("its header does not start with '{'")
    }
    let json: JSONValue
    do {
      json = try bytes.withUnsafeBytes {
        try JSONValue(parsing: UnsafeRawBufferPointer(rebasing: $0[8..<start]))
      }
    } catch { throw malformed("its header is not JSON, \(error)") }
    guard var entries = json.object else { throw malformed("its header is not an object") }
    metadata = [:]
    if let found = entries.removeValue(forKey: "__metadata__") {
      for (key, value) in found.object ?? ["": .null] {
        guard let text = value.string else { throw malformed("'__metadata__' is not an object of texts") }
        metadata[key] = text
      }
    }
    var parsed: [(tensor: StoredTensor, range: Range<Int>)] = []
    for (name, entry) in entries {
      let (type, shape, range) = try Self.parse(name, entry, path)
      guard range.upperBound <= bytes.count - start else {
        throw malformed("'\(name)' ends at byte \(range.upperBound) of \(bytes.count - start) bytes of data")
      }
      let data = bytes[(start + range.lowerBound)..<(start + range.upperBound)]
      parsed.append((StoredTensor(name, type, shape: shape, bytes: data), range))
    }
    parsed.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    var end = 0
    for (tensor, range) in parsed {
      guard range.lowerBound == end else {
        let what = range.lowerBound < end ? "overlaps the array before it" : "leaves a hole before it"
        throw malformed(
          "'\(tensor.name)' starts at byte \(range.lowerBound) and \(what), expected byte \(end)")
      }
      end = range.upperBound
    }
    guard start + end == bytes.count else {
      throw malformed("its arrays end at byte \(start + end) of a file of \(bytes.count)")
    }
    tensors = parsed.map(\.tensor).sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// One header entry: dtype, shape and byte range, which must agree.
  private static func parse(
    _ name: String, _ entry: JSONValue, _ path: String
  ) throws -> (StoredTensor.ElementType, [Int], Range<Int>) {
    func malformed(_ what: String) -> CheckpointError { .malformed(path: path, what: "'\(name)' \(what)") }
    guard let members = entry.object, Set(members.keys) == ["dtype", "shape", "data_offsets"],
      let typeName = members["dtype"]?.string, let shape = members["shape"]?.ints,
      let offsets = members["data_offsets"]?.ints, offsets.count == 2, shape.allSatisfy({ $0 >= 0 })
    else { throw malformed("is not described by dtype, shape and data_offsets alone") }
    guard let type = StoredTensor.ElementType(rawValue: typeName) else {
      throw CheckpointError.unsupported(
        path: path, what: "'\(name)' has the dtype \(typeName); convert it to F32, F16 or BF16")
    }
    guard offsets[0] >= 0, offsets[0] <= offsets[1] else { throw malformed("has the byte range \(offsets)") }
    var needed = type.width
    for extent in shape {
      let (product, overflow) = needed.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw malformed("has the shape \(shape), whose size overflows") }
      needed = product
    }
    guard needed == offsets[1] - offsets[0] else {
      throw malformed("of \(typeName) \(shape) needs \(needed) bytes, found \(offsets[1] - offsets[0])")
    }
    return (type, shape, offsets[0]..<offsets[1])
  }
}

/// All bytes of a file from outside the project. Throws `CheckpointError.missing` or `ShardError.io`.
func fileBytes(_ path: String) throws -> [UInt8] {
  do { return try ReadableFile.bytes(of: path) } catch ShardError.missing {
    throw CheckpointError.missing(path: path)
  }
}
