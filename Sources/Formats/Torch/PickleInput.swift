/// The bytes of a pickle, read from front to back; every length is checked against what is left.
struct PickleInput {
  let path: String
  let bytes: UnsafeRawBufferPointer
  private(set) var position: Int

  init(path: String, bytes: UnsafeRawBufferPointer, position: Int = 0) {
    self.path = path
    self.bytes = bytes
    self.position = position
  }

  func malformed(_ what: String) -> FormatError {
    .malformed(path: path, what: "its pickle at byte \(position): \(what)")
  }

  mutating func take(_ count: Int) throws -> UnsafeRawBufferPointer {
    guard count <= bytes.count - position else {
      throw malformed("expected \(count) bytes, \(bytes.count - position) are left")
    }
    position += count
    return UnsafeRawBufferPointer(rebasing: bytes[position - count..<position])
  }

  mutating func byte() throws -> UInt8 { try take(1)[0] }

  /// A length or number of up to 8 bytes, little endian.
  mutating func count(_ width: Int) throws -> Int {
    let value = try take(width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard value < 1 << 60 else { throw malformed("\(value) is too large a length") }
    return Int(value)
  }

  /// Bytes after their length.
  mutating func bytes(lengthOf width: Int) throws -> [UInt8] { Array(try take(try count(width))) }

  /// UTF-8 after its length. Python's lone surrogates are not text.
  mutating func text(lengthOf width: Int) throws -> String {
    guard let text = String(validating: try take(try count(width)), as: UTF8.self) else {
      throw malformed("text is not UTF-8")
    }
    return text
  }

  /// Text up to a line feed.
  mutating func line() throws -> String {
    let rest = bytes[position...]
    guard let end = rest.prefix(1024).firstIndex(of: 0x0A) else { throw malformed("a name has no end") }
    let line = String(decoding: bytes[position..<end], as: UTF8.self)
    position = end + 1
    return line
  }

  mutating func number() throws -> Double {
    Double(bitPattern: try take(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// A signed integer of so many bytes, little endian.
  mutating func integer(bytes count: Int) throws -> PickleValue {
    let digits = try take(count)
    guard let last = digits.last else { return .integer(0) }
    if count > 8 { return .long(Array(digits)) }
    let sign: Int = last & 0x80 == 0 ? 0 : -1
    return .integer(digits.reversed().reduce(sign) { $0 << 8 | Int($1) })
  }
}
