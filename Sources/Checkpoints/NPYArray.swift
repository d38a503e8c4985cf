import Shards

/// An array of integers from a NumPy `.npy` file, such as the codes of one image in a RandAR code folder.
public struct NPYArray: Equatable, Sendable {
  public let shape: [Int]
  /// Row-major.
  public let values: [Int]

  /// Reads a file of format 1, 2 or 3 with integers of any width, little endian and in C order.
  ///
  /// Throws `CheckpointError.missing`, `.malformed` or `.unsupported`.
  public init(reading path: String) throws {
    let bytes = try fileBytes(path)
    func malformed(_ what: String) -> CheckpointError { .malformed(path: path, what: what) }
    guard bytes.count >= 12, Array(bytes[0..<6]) == [0x93] + Array("NUMPY".utf8) else {
      let found = hexadecimal(bytes.prefix(6), separator: " ")
      throw malformed(
        "expected it to start with '\\x93NUMPY' and a header, found \(bytes.count) bytes: \(found)")
    }
    guard (1...3).contains(bytes[6]) else {
      throw CheckpointError.unsupported(
        path: path, what: "it has .npy format \(bytes[6]), expected 1, 2 or 3")
    }
    let lengthBytes = bytes[6] == 1 ? 2 : 4
    var length = 0
    for index in (0..<lengthBytes).reversed() { length = length << 8 | Int(bytes[8 + index]) }
    let start = 8 + lengthBytes + length
    guard start <= bytes.count else { throw malformed("its header ends at byte \(start) of \(bytes.count)") }
    let header = String(decoding: bytes[(8 + lengthBytes)..<start], as: UTF8.self)
    guard let description = Self.value("descr", in: header),
      let order = Self.value("fortran_order", in: header),
      let extents = Self.value("shape", in: header), extents.first == "(", extents.last == ")"
    else { throw malformed("its header lacks descr, fortran_order or shape: \(header.prefix(120))") }
    guard order == "False" else {
      throw CheckpointError.unsupported(path: path, what: "it is in Fortran order; save it in C order")
    }
    shape = try extents.dropFirst().dropLast().split(separator: ",").compactMap { part -> Int? in
      let text = part.filter { $0 != " " }
      if text.isEmpty { return nil }
      guard let extent = Int(text), extent >= 0 else { throw malformed("its shape is \(extents)") }
      return extent
    }
    var count = 1
    for extent in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw malformed("the size of its shape \(extents) overflows") }
      count = product
    }
    let data = bytes[start...]
    switch description {
    case "'|u1'": values = try Self.integers(UInt8.self, data, count, path)
    case "'|i1'": values = try Self.integers(Int8.self, data, count, path)
    case "'<u2'": values = try Self.integers(UInt16.self, data, count, path)
    case "'<i2'": values = try Self.integers(Int16.self, data, count, path)
    case "'<u4'": values = try Self.integers(UInt32.self, data, count, path)
    case "'<i4'": values = try Self.integers(Int32.self, data, count, path)
    case "'<i8'": values = try Self.integers(Int64.self, data, count, path)
    default:
      throw CheckpointError.unsupported(
        path: path,
        what: "it holds elements of type \(description), expected little-endian integers such as '<i8'")
    }
  }

  /// The text of one entry of the header's Python dictionary.
  private static func value(_ key: String, in header: String) -> String? {
    guard let found = header.firstRange(of: "'\(key)':") else { return nil }
    let rest = header[found.upperBound...].drop { $0 == " " }
    if rest.first == "(" {
      guard let end = rest.firstIndex(of: ")") else { return nil }
      return String(rest[...end])
    }
    return String(rest.prefix { $0 != "," && $0 != "}" && $0 != " " })
  }

  private static func integers<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, _ data: ArraySlice<UInt8>, _ count: Int, _ path: String
  ) throws -> [Int] {
    let (needed, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<T>.size)
    guard !overflow, needed == data.count else {
      let what =
        "its shape needs \(count) elements of \(MemoryLayout<T>.size) bytes, found \(data.count) bytes"
      throw CheckpointError.malformed(path: path, what: what)
    }
    return data.withUnsafeBytes { source in
      (0..<count).map { Int(source.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: type)) }
    }
  }
}
