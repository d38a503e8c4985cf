extension JSONValue {
  /// The JSON of a record, in which numbers keep their kind: a `Double` of 5 is 5.0, as `JSONEncoder` would not write.
  ///
  /// Absent values are left out; those of `WrittenAsNull` are null.
  public init(record: some Encodable) throws {
    let node = Node()
    try node.take(record)
    self = node.json
  }

  /// The record that this JSON describes; keys that it does not know are ignored.
  /// - Throws: `JSONDecodingFailure` with the place of what does not fit.
  public func record<Record: Decodable>(_ type: Record.Type = Record.self) throws -> Record {
    do { return try JSONRecordDecoder(value: self, codingPath: []).read(Record.self) } catch let error
      as DecodingError
    {
      throw JSONDecodingFailure(error)
    }
  }
}

/// An optional whose absence is written, as null. A key that is missing reads as absent, too.
@propertyWrapper
public struct WrittenAsNull<Value: Codable & Sendable>: Codable, Sendable {
  public var wrappedValue: Value?

  public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let wrappedValue { try container.encode(wrappedValue) } else { try container.encodeNil() }
  }
}

extension WrittenAsNull: Equatable where Value: Equatable {}

extension KeyedDecodingContainer {
  /// What synthesised conformances call for properties of this wrapper.
  public func decode<Value>(_ type: WrittenAsNull<Value>.Type, forKey key: Key) throws -> WrittenAsNull<Value>
  {
    WrittenAsNull(wrappedValue: try decodeIfPresent(Value.self, forKey: key))
  }
}

/// A JSON value that is being made, with what belongs to it filled in one by one.
private final class Node {
  var value = JSONValue.null
  var members: [String: Node]?
  var elements: [Node]?

  var json: JSONValue {
    if let members { return .object(members.mapValues(\.json)) }
    if let elements { return .array(elements.map(\.json)) }
    return value
  }

  func take(_ new: some Encodable) throws {
    switch new {
    case let json as JSONValue: value = json
    case let number as Double: value = .number(number)
    case let number as Float: value = .number(Double(number))
    case let flag as Bool: value = .bool(flag)
    case let text as String: value = .string(text)
    case let whole as any FixedWidthInteger:
      guard let unsigned = UInt64(exactly: whole) else {
        value = .integer(Int(clamping: whole))
        return
      }
      value = JSONValue(unsigned)
    default: try new.encode(to: JSONRecordEncoder(node: self))
    }
  }

  func member(_ key: any CodingKey) -> Node {
    let node = Node()
    members?[key.stringValue] = node
    return node
  }

  func element() -> Node {
    let node = Node()
    elements?.append(node)
    return node
  }
}

private struct JSONRecordEncoder: Encoder {
  let node: Node
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    if node.members == nil { node.members = [:] }
    return KeyedEncodingContainer(Members<Key>(node: node))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    if node.elements == nil { node.elements = [] }
    return Elements(node: node)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { Single(node: node) }

  struct Members<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: Node
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) { _ = node.member(key) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try node.member(key).take(value) }
    func nestedContainer<Other: CodingKey>(keyedBy type: Other.Type, forKey key: Key)
      -> KeyedEncodingContainer<Other>
    { JSONRecordEncoder(node: node.member(key)).container(keyedBy: type) }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
      JSONRecordEncoder(node: node.member(key)).unkeyedContainer()
    }
    func superEncoder() -> any Encoder { JSONRecordEncoder(node: node) }
    func superEncoder(forKey key: Key) -> any Encoder { JSONRecordEncoder(node: node.member(key)) }
  }

  struct Elements: UnkeyedEncodingContainer {
    let node: Node
    var codingPath: [any CodingKey] { [] }
    var count: Int { node.elements?.count ?? 0 }

    func encodeNil() { _ = node.element() }
    func encode<T: Encodable>(_ value: T) throws { try node.element().take(value) }
    func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
      JSONRecordEncoder(node: node.element()).container(keyedBy: type)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
      JSONRecordEncoder(node: node.element()).unkeyedContainer()
    }
    func superEncoder() -> any Encoder { JSONRecordEncoder(node: node.element()) }
  }

  struct Single: SingleValueEncodingContainer {
    let node: Node
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { node.value = .null }
    func encode<T: Encodable>(_ value: T) throws { try node.take(value) }
  }
}
