import Files

/// The header of a safetensors file, checked as its specification asks: where each array lies and what it is.
///
/// The header has at most 100 MB and is one JSON object without repeated keys; arrays follow each other without
/// holes or overlaps from the header's end to the file's; each has as many bytes as its dtype and shape need;
/// metadata are texts.
struct SafetensorsLayout {
  struct Entry {
    let name: String
    let type: StoredTensor.ElementType
    let shape: [Int]
    /// Bytes of the file.
    let range: Range<Int>
  }

  /// Sorted by name.
  let entries: [Entry]
  let metadata: [String: String]

  /// The official limit; a longer header is taken for damage.
  private static let longestHeader = 100_000_000

  /// Throws `FormatError.malformed` or `.unsupported`.
  init(_ file: MappedFile) throws {
    guard file.count >= 8 else { throw file.malformed("expected at least 8 bytes, found \(file.count)") }
    let length = UInt64(littleEndian: file.bytes.loadUnaligned(as: UInt64.self))
    guard length <= Self.longestHeader else {
      throw file.malformed("its header has \(length) bytes, expected at most \(grouped(Self.longestHeader))")
    }
    let start = 8 + Int(length)
    guard start <= file.count else {
      throw file.malformed("its header ends at byte \(start) of a file of \(file.count)")
    }
    guard length > 0, file[8] == UInt8(ascii: "{") else {
      throw file.malformed("its header does not start with '{'")
    }
    let json: JSONValue
    do { json = try JSONValue(parsing: UnsafeRawBufferPointer(rebasing: file.bytes[8..<start])) } catch {
      throw file.malformed("its header is not JSON, \(shown("\(error)"))")
    }
    guard var members = json.object else { throw file.malformed("its header is not an object") }
    metadata = try Self.metadata(members.removeValue(forKey: "__metadata__"), file)
    // In a fixed sequence, so that one file always gives one sentence.
    let named = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    entries = try named.map { try Self.parse($0.key, $0.value, file, from: start) }
    var end = start
    for entry in entries.sorted(by: {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }) {
      guard entry.range.lowerBound == end else {
        let what = entry.range.lowerBound < end ? "overlaps the array before it" : "leaves a hole before it"
        let (found, expected) = (entry.range.lowerBound - start, end - start)
        throw file.malformed(
          "'\(shown(entry.name))' starts at byte \(found) of the data and \(what), expected byte \(expected)")
      }
      end = entry.range.upperBound
    }
    guard end == file.count else {
      throw file.malformed("its arrays end at byte \(end) of a file of \(file.count)")
    }
  }

  private static func metadata(_ value: JSONValue?, _ file: MappedFile) throws -> [String: String] {
    guard let value else { return [:] }
    guard let texts = value.object?.mapValues(\.string), !texts.values.contains(nil) else {
      throw file.malformed("'__metadata__' is not an object of texts")
    }
    return texts.compactMapValues { $0 }
  }

  /// Integers as they stand; 2.0 is none here.
  private static func sizes(_ value: JSONValue?) -> [Int]? {
    guard let elements = value?.array else { return nil }
    let sizes = elements.compactMap { if case .integer(let size) = $0, size >= 0 { size } else { nil } }
    return sizes.count == elements.count ? sizes : nil
  }

  /// One header entry: dtype, shape and byte range, which must agree.
  private static func parse(
    _ name: String, _ entry: JSONValue, _ file: MappedFile, from start: Int
  ) throws -> Entry {
    func malformed(_ what: String) -> FormatError { file.malformed("'\(shown(name))' \(what)") }
    guard let members = entry.object, Set(members.keys) == ["dtype", "shape", "data_offsets"],
      let typeName = members["dtype"]?.string, let shape = sizes(members["shape"]),
      let offsets = sizes(members["data_offsets"]), offsets.count == 2
    else { throw malformed("is not described by dtype, shape and data_offsets alone") }
    guard let type = StoredTensor.ElementType(rawValue: typeName) else {
      throw FormatError.unsupported(
        path: file.path,
        what: "'\(shown(name))' has the dtype \(shown(typeName)); convert it to F32, F16 or BF16")
    }
    guard offsets[0] <= offsets[1] else { throw malformed("has the byte range \(offsets)") }
    guard offsets[1] <= file.count - start else {
      throw malformed("ends at byte \(offsets[1]) of \(file.count - start) bytes of data")
    }
    guard let needed = type.size(of: shape) else {
      throw malformed("has the shape \(shown("\(shape)")), whose size overflows")
    }
    guard needed == offsets[1] - offsets[0] else {
      throw malformed(
        "of \(typeName) \(shown("\(shape)")) needs \(needed) bytes, found \(offsets[1] - offsets[0])")
    }
    return Entry(name: name, type: type, shape: shape, range: start + offsets[0]..<start + offsets[1])
  }
}

extension StoredTensor.ElementType {
  /// Bytes of an array of these extents, or nil if the number overflows.
  func size(of shape: [Int]) -> Int? {
    var size = width
    for extent in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      if overflow { return nil }
      size = product
    }
    return size
  }
}
