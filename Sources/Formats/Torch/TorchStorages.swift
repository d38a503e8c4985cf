/// The blocks of numbers in a PyTorch file.
///
/// Blocks that lie in the file as they are stay there; packed ones are unpacked once and kept.
final class TorchStorages {
  enum Place {
    /// Bytes of the file.
    case range(Range<Int>)
    /// An entry of the archive, not yet checked.
    case entry(ZipReader.Entry)
    case unpacked(ArraySlice<UInt8>)
  }

  let file: MappedFile
  private let archive: ZipReader?
  private var places: [String: Place]

  init(_ file: MappedFile, archive: ZipReader?, places: [String: Place]) {
    self.file = file
    self.archive = archive
    self.places = places
  }

  /// Checks that there is a block for a storage and that it has the size that the pickle says.
  ///
  /// Throws `FormatError.malformed`.
  func check(_ storage: TorchStorage) throws {
    let size: Int
    switch places[storage.key] {
    case .range(let range): size = range.count
    case .entry(let entry): size = entry.size
    case .unpacked(let bytes): size = bytes.count
    case nil: throw file.malformed("it has no bytes for the storage '\(shown(storage.key))'")
    }
    // A block of bytes may have some at its end that make no whole element.
    guard size >= storage.blockSize, size - storage.blockSize < storage.type?.width ?? 1 else {
      throw file.malformed(
        "the storage '\(shown(storage.key))' has \(size) bytes, expected \(storage.blockSize)")
    }
  }

  /// The elements of a tensor in row-major order. Throws `FormatError.malformed` or `.unsupported`.
  func elements(of tensor: TorchTensor) throws -> [UInt8] {
    let storage = tensor.storage
    try check(storage)
    if case .entry(let entry) = places[storage.key], let archive {
      let range = try archive.storedRange(of: entry)
      places[storage.key] = try range.map(Place.range) ?? .unpacked(try archive.contents(of: entry))
    }
    switch places[storage.key] {
    case .range(let range):
      let bytes = file.bytes[range][(range.lowerBound + storage.range.lowerBound)...]
      return tensor.elements(of: UnsafeRawBufferPointer(rebasing: bytes.prefix(storage.range.count)))
    case .unpacked(let bytes):
      return bytes.withUnsafeBytes {
        tensor.elements(of: UnsafeRawBufferPointer(rebasing: $0[storage.range]))
      }
    case .entry, nil: throw file.malformed("it has no bytes for the storage '\(shown(storage.key))'")
    }
  }
}
