import Files

/// A file that `torch.save` wrote, read without Python and without running what its pickle asks for.
///
/// Both formats are read: zip archives (since PyTorch 1.6) with a pickle `data.pkl` and one entry for each block
/// of numbers, and the older sequence of pickles followed by the blocks.
public struct TorchFile {
  /// How the file is laid out.
  public enum Format: Sendable { case zip, legacy }

  public let path: String
  public let format: Format
  /// What was saved; tensors in it are descriptions, whose numbers `tensor(_:named:)` reads.
  public let root: CheckpointValue
  let storages: TorchStorages

  /// Bytes of the file.
  var size: Int { storages.file.count }

  /// Reads a file of either format, told by its content.
  ///
  /// - Throws: `FormatError.missing`, `.malformed` or `.unsupported`, and `FileError.io`.
  public init(reading path: String) throws { try self.init(try MappedFile(path)) }

  init(_ file: MappedFile) throws {
    path = file.path
    if Self.isZip(file) {
      format = .zip
      (root, storages) = try Self.zip(file)
    } else {
      guard TorchLegacyFile.isOne(file) else {
        let found = hexadecimal(file.bytes.prefix(8), separator: " ")
        throw file.malformed("expected a file of torch.save, found the bytes \(found)")
      }
      format = .legacy
      (root, storages) = try TorchLegacyFile.read(file)
    }
  }

  /// Whether a file starts as zip archives do.
  static func isZip(_ file: MappedFile) -> Bool { file.bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) }

  /// The numbers of a tensor of this file, row-major.
  ///
  /// - Throws: `FormatError.malformed`, `.unsupported` or, for a view that is absurdly larger than the file,
  ///   `.mismatch`.
  public func tensor(_ tensor: TorchTensor, named name: String) throws -> StoredTensor {
    let limit = Expansion.limit(size)
    guard tensor.size <= limit else {
      throw FormatError.mismatch(
        path: path, expected: "tensors of at most \(grouped(limit)) bytes in a file of \(grouped(size))",
        found: "'\(shown(name))' of \(grouped(tensor.size))")
    }
    let bytes = try storages.elements(of: tensor)
    return StoredTensor(name, tensor.type, shape: tensor.shape, bytes: bytes[...])
  }

  private static func zip(_ file: MappedFile) throws -> (CheckpointValue, TorchStorages) {
    let archive = try ZipReader(file)
    let pickles = archive.entries.filter { $0.name == "data.pkl" || $0.name.hasSuffix("/data.pkl") }
    guard pickles.count == 1 else {
      throw file.malformed("expected one 'data.pkl' as torch.save writes, found \(pickles.count)")
    }
    let prefix = String(pickles[0].name.dropLast("data.pkl".count))
    func entry(_ name: String) -> ZipReader.Entry? { archive.entries.first { $0.name == prefix + name } }
    if entry("constants.pkl") != nil {
      throw FormatError.unsupported(
        path: file.path, what: "it is a TorchScript program; save the module's state_dict with torch.save")
    }
    let order = try entry("byteorder").map { String(decoding: try archive.contents(of: $0), as: UTF8.self) }
    if let order, order != "little" {
      throw FormatError.unsupported(
        path: file.path, what: "its numbers are '\(shown(order))'-endian, expected little; save it again")
    }
    var places: [String: TorchStorages.Place] = [:]
    for entry in archive.entries where entry.name.hasPrefix(prefix + "data/") {
      places[String(entry.name.dropFirst(prefix.count + 5))] = .entry(entry)
    }
    let pickle = try archive.contents(of: pickles[0])
    let root = try pickle.withUnsafeBytes { bytes in
      var machine = PickleMachine(PickleInput(path: file.path, bytes: bytes))
      let value = try machine.run()
      guard machine.input.position == bytes.count else {
        throw machine.input.malformed("\(bytes.count - machine.input.position) bytes follow its end")
      }
      var tree = PickleTree(path: file.path, arena: machine.arena)
      return try tree.value(value)
    }
    return (root, TorchStorages(file, archive: archive, places: places))
  }
}

/// The format of `torch.save` before version 1.6: pickles of a magic number, the protocol, facts about the
/// machine, the object and the names of its blocks, then every block after its number of elements.
enum TorchLegacyFile {
  /// The magic number 0x1950a86a20f9469cfc6c as its pickle begins: protocol 2, an integer of ten bytes.
  private static let start: [UInt8] = [
    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
  ]

  static func isOne(_ file: MappedFile) -> Bool { file.bytes.starts(with: start) }

  static func read(_ file: MappedFile) throws -> (CheckpointValue, TorchStorages) {
    var position = start.count
    func next() throws -> (CheckpointValue, [TorchStorage]) {
      var machine = PickleMachine(PickleInput(path: file.path, bytes: file.bytes, position: position))
      let value = try machine.run()
      position = machine.input.position
      var tree = PickleTree(path: file.path, arena: machine.arena)
      return (try tree.value(value), machine.storages)
    }
    guard try next().0 == .integer(1001) else { throw file.malformed("expected torch's protocol 1001") }
    let facts = try next().0
    guard case .bool(let little) = facts["little_endian"] else {
      throw file.malformed("it does not say whether its numbers are little-endian")
    }
    guard little else {
      throw FormatError.unsupported(
        path: file.path, what: "its numbers are big-endian, expected little-endian; save it again")
    }
    let (root, storages) = try next()
    guard case .list(let keys) = try next().0 else { throw file.malformed("it has no list of storages") }
    var blocks = Dictionary(storages.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    var places: [String: TorchStorages.Place] = [:]
    for key in keys {
      guard case .text(let name) = key, let block = blocks.removeValue(forKey: name) else {
        throw file.malformed("its list of storages names one twice, or one that nothing uses")
      }
      let count = try file.integer(position, 8)
      guard count == block.blockSize / (block.type?.width ?? 1) else {
        throw file.malformed("the storage '\(shown(name))' has \(count) elements, its tensors expect others")
      }
      guard block.blockSize <= file.count - position - 8 else {
        throw file.malformed(
          "the storage '\(shown(name))' of \(block.blockSize) bytes ends after the file of \(file.count)")
      }
      position += 8
      places[name] = .range(position..<position + block.blockSize)
      position += block.blockSize
    }
    guard position == file.count else {
      throw file.malformed("\(file.count - position) bytes follow its last storage")
    }
    return (root, TorchStorages(file, archive: nil, places: places))
  }
}
