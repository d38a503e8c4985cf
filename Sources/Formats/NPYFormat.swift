import Files

/// NumPy's format of one array: a magic number, a Python dictionary with element type, order and shape, then
/// the elements.
public enum NPYFormat {
  private static let types: [(text: String, type: StoredTensor.ElementType)] = [
    ("|b1", .bool), ("|u1", .u8), ("|i1", .i8), ("<u2", .u16), ("<i2", .i16), ("<f2", .f16), ("<u4", .u32),
    ("<i4", .i32), ("<f4", .f32), ("<u8", .u64), ("<i8", .i64), ("<f8", .f64),
  ]
  private static let magic = [0x93] + Array("NUMPY".utf8)

  /// The array in the bytes of a file of format 1, 2 or 3, little endian; Fortran order is turned into C
  /// order.
  ///
  /// - Parameters:
  ///   - name: what the array is called from now on.
  ///   - path: named in errors.
  /// - Throws: `FormatError.malformed` or `.unsupported`.
  public static func parse(_ bytes: ArraySlice<UInt8>, name: String, path: String) throws -> StoredTensor {
    func malformed(_ what: String) -> FormatError { .malformed(path: path, what: what) }
    let first = bytes.startIndex
    guard bytes.count >= 12, Array(bytes.prefix(6)) == magic else {
      let found = hexadecimal(bytes.prefix(6), separator: " ")
      throw malformed(
        "expected it to start with '\\x93NUMPY' and a header, found \(bytes.count) bytes: \(found)")
    }
    let version = bytes[first + 6]
    guard (1...3).contains(version) else {
      throw FormatError.unsupported(
        path: path, what: "it has .npy format \(version), expected 1, 2 or 3")
    }
    let lengthBytes = version == 1 ? 2 : 4
    var length = 0
    for index in (0..<lengthBytes).reversed() { length = length << 8 | Int(bytes[first + 8 + index]) }
    let start = 8 + lengthBytes + length
    guard start <= bytes.count else { throw malformed("its header ends at byte \(start) of \(bytes.count)") }
    let header = String(decoding: bytes[(first + 8 + lengthBytes)..<(first + start)], as: UTF8.self)
    guard let description = value("descr", in: header), let order = value("fortran_order", in: header),
      ["True", "False"].contains(order), let extents = value("shape", in: header), extents.first == "(",
      extents.last == ")"
    else { throw malformed("its header lacks descr, fortran_order or shape: \(header.prefix(120))") }
    guard let type = types.first(where: { "'\($0.text)'" == description })?.type else {
      throw FormatError.unsupported(
        path: path, what: "it holds elements of type \(description), expected little-endian numbers")
    }
    let shape = try extents.dropFirst().dropLast().split(separator: ",").compactMap { part -> Int? in
      let text = part.filter { $0 != " " }
      if text.isEmpty { return nil }
      guard let extent = Int(text), extent >= 0 else { throw malformed("its shape is \(extents)") }
      return extent
    }
    var needed = type.width
    for extent in shape {
      let (product, overflow) = needed.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw malformed("the size of its shape \(extents) overflows") }
      needed = product
    }
    let data = bytes.dropFirst(start)
    guard needed == data.count else {
      throw malformed(
        "its shape \(extents) of \(type.width)-byte elements needs \(needed) bytes, found \(data.count)")
    }
    return StoredTensor(
      name, type, shape: shape,
      bytes: order == "True" && shape.count > 1 ? inCOrder(data, type.width, shape) : data)
  }

  /// The bytes before an array's elements, as NumPy writes them: format 1, padded to a multiple of 64.
  public static func header(of tensor: StoredTensor) -> [UInt8] {
    let text = types.first { $0.type == tensor.type }?.text ?? ""
    precondition(!text.isEmpty, "NumPy has no type for \(tensor.type.rawValue)")
    let extents = tensor.shape.map(String.init).joined(separator: ", ") + (tensor.shape.count == 1 ? "," : "")
    var dictionary = Array("{'descr': '\(text)', 'fortran_order': False, 'shape': (\(extents)), }".utf8)
    let used = magic.count + 4 + dictionary.count + 1
    dictionary += [UInt8](repeating: 0x20, count: (64 - used % 64) % 64) + [0x0A]
    precondition(dictionary.count <= UInt16.max, "an array has few dimensions")
    return magic + [1, 0, UInt8(dictionary.count & 0xFF), UInt8(dictionary.count >> 8)] + dictionary
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

  /// Elements whose first index runs fastest, rearranged so that the last one does.
  private static func inCOrder(
    _ data: ArraySlice<UInt8>, _ width: Int, _ shape: [Int]
  ) -> ArraySlice<UInt8> {
    var strides = [Int]()
    var stride = 1
    for extent in shape {
      strides.append(stride)
      stride *= extent
    }
    var result = [UInt8]()
    result.reserveCapacity(data.count)
    var index = [Int](repeating: 0, count: shape.count)
    for _ in 0..<stride {
      let element = zip(index, strides).reduce(data.startIndex) { $0 + $1.0 * $1.1 * width }
      result += data[element..<element + width]
      var axis = shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
        axis -= 1
      }
    }
    return result[...]
  }
}
