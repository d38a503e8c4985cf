import Files
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
  /// Throws `FormatError.missing`, `.malformed` or `.unsupported`, and `FileError.io`.
  public init(reading path: String) throws {
    let file = try MappedFile(path)
    let layout = try SafetensorsLayout(file)
    metadata = layout.metadata
    tensors = layout.entries.map { entry in
      StoredTensor(entry.name, entry.type, shape: entry.shape, bytes: file.copy(entry.range)[...])
    }
  }
}

/// All bytes of a file from outside the project. Throws `FormatError.missing` or `FileError.io`.
package func fileBytes(_ path: String) throws -> [UInt8] {
  do { return try ReadableFile.bytes(of: path) } catch FileError.missing {
    throw FormatError.missing(path: path)
  }
}
