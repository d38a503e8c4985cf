import Files

/// Writes a safetensors file array by array, so that one larger than memory can be made.
///
/// The layout is canonical, and the official library's: wider element types first, then names in the sequence
/// of their bytes; a header without spaces, metadata first and in the sequence of its keys; spaces behind it
/// so that the data start at a multiple of 8. Equal content gives equal bytes.
public final class SafetensorsWriter {
  /// An array before its numbers are there.
  public struct Entry: Equatable, Sendable {
    public let name: String
    public let type: StoredTensor.ElementType
    public let shape: [Int]

    public init(_ name: String, _ type: StoredTensor.ElementType, shape: [Int]) {
      self.name = name
      self.type = type
      self.shape = shape
    }

    var byteCount: Int { shape.reduce(type.width, *) }
  }

  /// The sequence in which the arrays lie in the file and must be appended.
  public let entries: [Entry]
  private let file: AtomicFile
  private var next = 0

  /// Opens the file and writes its header. No two entries may have one name. Throws `FileError.io`.
  public init(_ path: String, entries: [Entry], metadata: [String: String]) throws {
    precondition(Set(entries.map(\.name)).count == entries.count, "names must differ")
    self.entries = Self.canonical(entries, type: \.type, name: \.name)
    file = try AtomicFile(path)
    let header = Self.header(self.entries, metadata: metadata)
    try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try file.write($0) }
    try header.withUnsafeBytes { try file.write($0) }
  }

  /// Writes the little-endian elements of the next entry.
  public func append(_ bytes: UnsafeRawBufferPointer) throws {
    precondition(next < entries.count, "all \(entries.count) arrays are written")
    precondition(
      bytes.count == entries[next].byteCount,
      "\(entries[next].name) needs \(entries[next].byteCount) bytes, found \(bytes.count)")
    next += 1
    try file.write(bytes)
  }

  /// Gives the file its name, once every array was appended.
  public func publish() throws {
    precondition(next == entries.count, "\(entries.count - next) arrays are missing")
    try file.publish()
  }

  /// Wider element types first, then by the bytes of the names.
  static func canonical<Item>(
    _ items: [Item], type: (Item) -> StoredTensor.ElementType, name: (Item) -> String
  ) -> [Item] {
    items.sorted { left, right in
      if type(left) != type(right) { return type(left).rank > type(right).rank }
      return name(left).utf8.lexicographicallyPrecedes(name(right).utf8)
    }
  }

  private static func header(_ entries: [Entry], metadata: [String: String]) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      members.append("\"__metadata__\":" + JSONValue.object(metadata.mapValues(JSONValue.string)).text)
    }
    var end = 0
    for entry in entries {
      let start = end
      end += entry.byteCount
      let shape = JSONValue.array(entry.shape.map(JSONValue.integer)).text
      members.append(
        JSONValue.string(entry.name).text
          + ":{\"dtype\":\"\(entry.type.rawValue)\",\"shape\":\(shape),\"data_offsets\":[\(start),\(end)]}")
    }
    var header = Array(("{" + members.joined(separator: ",") + "}").utf8)
    header.append(contentsOf: repeatElement(0x20, count: (8 - header.count % 8) % 8))
    return header
  }
}

extension Safetensors {
  /// Writes the file so that it appears whole or not at all. Throws `FileError.io`.
  ///
  /// No two arrays may have one name.
  public func write(to path: String) throws {
    let writer = try SafetensorsWriter(
      path, entries: tensors.map { .init($0.name, $0.type, shape: $0.shape) }, metadata: metadata)
    for tensor in SafetensorsWriter.canonical(tensors, type: \.type, name: \.name) {
      try tensor.bytes.withUnsafeBytes { try writer.append($0) }
    }
    try writer.publish()
  }
}
