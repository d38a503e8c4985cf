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

  /// Reads and verifies a file.
  ///
  /// Throws `CheckpointError.missing`, `.malformed` or `.unsupported`, and `ShardError.io`.
  public init(reading path: String) throws {
    let file = try MappedFile(path)
    let layout = try SafetensorsLayout(file)
    metadata = layout.metadata
    tensors = layout.entries.map { entry in
      StoredTensor(entry.name, entry.type, shape: entry.shape, bytes: file.copy(entry.range)[...])
    }
  }
}

extension Safetensors {
  /// Writes the file so that it appears whole or not at all. Throws `ShardError.io`.
  ///
  /// Wider element types come first, then names in the sequence of their bytes; the header is padded with
  /// spaces so that the data starts at a multiple of 8. No two arrays may have one name.
  public func write(to path: String) throws {
    precondition(Set(tensors.map(\.name)).count == tensors.count, "names must differ")
    let sorted = tensors.sorted { left, right in
      if left.type != right.type { return left.type.rank > right.type.rank }
      return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
    }
    var entries: [String] = []
    if !metadata.isEmpty {
      entries.append("\"__metadata__\":" + JSONValue.object(metadata.mapValues(JSONValue.string)).text)
    }
    var end = 0
    for tensor in sorted {
      let start = end
      end += tensor.bytes.count
      let shape = JSONValue.array(tensor.shape.map(JSONValue.integer)).text
      entries.append(
        JSONValue.string(tensor.name).text
          + ":{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":\(shape),\"data_offsets\":[\(start),\(end)]}")
    }
    var header = Array(("{" + entries.joined(separator: ",") + "}").utf8)
    header.append(contentsOf: repeatElement(0x20, count: (8 - header.count % 8) % 8))
    let file = try AtomicFile(path)
    try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try file.write($0) }
    try header.withUnsafeBytes { try file.write($0) }
    for tensor in sorted { try tensor.bytes.withUnsafeBytes { try file.write($0) } }
    try file.publish()
  }
}

/// All bytes of a file from outside the project. Throws `CheckpointError.missing` or `ShardError.io`.
func fileBytes(_ path: String) throws -> [UInt8] {
  do { return try ReadableFile.bytes(of: path) } catch ShardError.missing {
    throw CheckpointError.missing(path: path)
  }
}
