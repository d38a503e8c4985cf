import Foundation

/// A JSON value whose integers are exact and whose text is canonical.
///
/// Shard headers, model descriptions and checkpoint states are such values, so that a program can keep keys
/// it does not know and equal values have equal bytes.
public enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  /// An integer above `Int.max`; smaller ones are always `integer`.
  case unsigned(UInt64)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  public init(_ value: UInt64) { self = Int(exactly: value).map(JSONValue.integer) ?? .unsigned(value) }

  /// The value of a key of an object, or nil.
  public subscript(_ key: String) -> JSONValue? {
    if case .object(let members) = self { members[key] } else { nil }
  }

  public var int: Int? {
    switch self {
    case .integer(let value): value
    case .number(let value): Int(exactly: value)
    default: nil
    }
  }

  public var uint64: UInt64? {
    if case .unsigned(let value) = self { value } else { int.flatMap { UInt64(exactly: $0) } }
  }

  public var double: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .unsigned(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  public var string: String? { if case .string(let value) = self { value } else { nil } }
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
  public var object: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }

  /// All integers of an array of integers, or nil.
  public var ints: [Int]? {
    guard let elements = array else { return nil }
    let values = elements.compactMap(\.int)
    return values.count == elements.count ? values : nil
  }

  /// All strings of an array of strings, or nil.
  public var strings: [String]? {
    guard let elements = array else { return nil }
    let values = elements.compactMap(\.string)
    return values.count == elements.count ? values : nil
  }

  /// Where the first number that is NaN or infinite stands, keys and indices joined by dots; nil if all are
  /// finite. JSON has no such numbers: text would have null in their place.
  public var nonFinitePath: String? {
    func first(_ parts: [(String, JSONValue)]) -> String? {
      for (name, value) in parts {
        guard let rest = value.nonFinitePath else { continue }
        return rest.isEmpty ? name : name + "." + rest
      }
      return nil
    }
    switch self {
    case .number(let value): return value.isFinite ? nil : ""
    case .array(let elements): return first(elements.enumerated().map { ("\($0.offset)", $0.element) })
    case .object(let members): return first(members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    default: return nil
    }
  }

  /// The JSON form of any encodable value, such as a model's architecture.
  public init(encoding value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    self = try JSONValue(parsing: Array(try encoder.encode(value)))
  }

  /// The decodable value that this JSON describes.
  /// - Throws: `JSONDecodingFailure` with the place of what does not fit.
  public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
    do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch let error as DecodingError {
      throw JSONDecodingFailure(error)
    }
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
  ExpressibleByNilLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(nilLiteral: ()) { self = .null }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
  }
}

extension JSONValue: Codable {
  public init(from decoder: Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(UInt64.self) {
      self = .unsigned(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  public func encode(to encoder: Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .unsigned(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .array(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }
}
