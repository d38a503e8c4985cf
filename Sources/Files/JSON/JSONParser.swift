/// Text that is not JSON: what was wrong and at which byte.
public struct JSONSyntaxError: Error, CustomStringConvertible, Equatable {
  public let offset: Int
  public let what: String
  public var description: String { "byte \(offset): \(what)" }
}

extension JSONValue {
  /// Parses strict JSON (RFC 8259): no comments, no repeated keys, at most 64 levels, nothing after the
  /// value.
  public init(parsing bytes: [UInt8]) throws {
    self = try bytes.withUnsafeBytes { try JSONValue(parsing: $0) }
  }

  /// Parses strict JSON from text.
  public init(parsing text: String) throws { self = try JSONValue(parsing: Array(text.utf8)) }

  /// Parses strict JSON from memory.
  public init(parsing bytes: UnsafeRawBufferPointer) throws {
    var parser = JSONParser(bytes)
    parser.skipSpace()
    self = try parser.value(depth: 0)
    parser.skipSpace()
    if parser.position < bytes.count { throw parser.failure("unexpected text after the value") }
  }
}

/// A recursive-descent parser over bytes.
private struct JSONParser {
  private let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  func failure(_ what: String) -> JSONSyntaxError { JSONSyntaxError(offset: position, what: what) }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ word: String, _ value: JSONValue) throws -> JSONValue {
    for byte in word.utf8 {
      guard next == byte else { throw failure("expected '\(word)'") }
      position += 1
    }
    return value
  }

  mutating func value(depth: Int) throws -> JSONValue {
    guard depth < 64 else { throw failure("more than 64 levels") }
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try expect("true", .bool(true))
    case UInt8(ascii: "f"): return try expect("false", .bool(false))
    case UInt8(ascii: "n"): return try expect("null", .null)
    case nil: throw failure("the text ends where a value is expected")
    default: return try number()
    }
  }

  private mutating func object(depth: Int) throws -> JSONValue {
    position += 1
    var members: [String: JSONValue] = [:]
    skipSpace()
    if accept("}") { return .object(members) }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw failure("expected a key in quotes") }
      let key = try string()
      skipSpace()
      guard accept(":") else { throw failure("expected ':'") }
      skipSpace()
      guard members.updateValue(try value(depth: depth + 1), forKey: key) == nil else {
        throw failure("the key '\(key)' occurs twice")
      }
      skipSpace()
    } while accept(",")
    guard accept("}") else { throw failure("expected ',' or '}'") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws -> JSONValue {
    position += 1
    var elements: [JSONValue] = []
    skipSpace()
    if accept("]") { return .array(elements) }
    repeat {
      skipSpace()
      elements.append(try value(depth: depth + 1))
      skipSpace()
    } while accept(",")
    guard accept("]") else { throw failure("expected ',' or ']'") }
    return .array(elements)
  }

  private mutating func digits() throws {
    let start = position
    while let byte = next, byte >= 0x30, byte <= 0x39 { position += 1 }
    if position == start { throw failure("expected a digit") }
  }

  private mutating func number() throws -> JSONValue {
    let start = position
    _ = accept("-")
    if next == UInt8(ascii: "0") { position += 1 } else { try digits() }
    var whole = true
    if accept(".") {
      whole = false
      try digits()
    }
    if accept("e") || accept("E") {
      whole = false
      if !accept("+") { _ = accept("-") }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if whole {
      if let value = Int(text) { return .integer(value) }
      if let value = UInt64(text) { return .unsigned(value) }
    }
    guard let value = Double(text), value.isFinite else { throw failure("\(text) is too large a number") }
    return .number(value)
  }

  private mutating func string() throws -> String {
    position += 1
    var units: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let result = String(validating: units, as: UTF8.self) else {
          throw failure("text is not UTF-8")
        }
        return result
      case UInt8(ascii: "\\"): units.append(contentsOf: String(try escape()).utf8)
      case 0..<0x20: throw failure("a control character inside text")
      default: units.append(byte)
      }
    }
    throw failure("text without its closing quote")
  }

  private mutating func escape() throws -> Unicode.Scalar {
    guard let byte = next else { throw failure("text ends in '\\'") }
    position += 1
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{08}"
    case UInt8(ascii: "f"): return "\u{0c}"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "u"):
      let first = try hexadecimalUnit()
      if let scalar = Unicode.Scalar(first) { return scalar }
      guard first < 0xdc00, accept("\\"), accept("u") else { throw failure("half of a surrogate pair") }
      let second = try hexadecimalUnit()
      guard (0xdc00..<0xe000).contains(second),
        let scalar = Unicode.Scalar(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00))
      else { throw failure("half of a surrogate pair") }
      return scalar
    default: throw failure("unknown escape in text")
    }
  }

  private mutating func hexadecimalUnit() throws -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("expected four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
