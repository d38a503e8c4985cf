/// Reads a record from a JSON value, without text between: numbers keep their kind.
struct JSONRecordDecoder: Decoder {
  let value: JSONValue
  let codingPath: [any CodingKey]
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  func read<T: Decodable>(_ type: T.Type) throws -> T {
    func checked(_ found: Any?) throws -> T {
      guard let found = found as? T else { throw mismatch(type) }
      return found
    }
    switch type {
    case is JSONValue.Type: return try checked(value)
    case is Double.Type: return try checked(value.double)
    case is Float.Type: return try checked(value.double.map { Float($0) })
    case is Bool.Type: return try checked(value.bool)
    case is String.Type: return try checked(value.string)
    case let whole as any FixedWidthInteger.Type: return try checked(Self.whole(value, whole))
    default: return try T(from: self)
    }
  }

  private static func whole<Whole: FixedWidthInteger>(_ value: JSONValue, _ type: Whole.Type) -> Whole? {
    value.int.flatMap { Whole(exactly: $0) } ?? value.uint64.flatMap { Whole(exactly: $0) }
  }

  fileprivate func mismatch(_ type: Any.Type) -> DecodingError {
    let context = DecodingError.Context(codingPath: codingPath, debugDescription: "")
    return value == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard let members = value.object else { throw mismatch([String: JSONValue].self) }
    return KeyedDecodingContainer(Members<Key>(members: members, codingPath: codingPath))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let elements = value.array else { throw mismatch([Any].self) }
    return Elements(elements: elements, codingPath: codingPath)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(decoder: self) }

  struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let members: [String: JSONValue]
    let codingPath: [any CodingKey]
    var allKeys: [Key] { members.keys.compactMap { Key(stringValue: $0) } }

    func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try member(key).value == .null }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try member(key).read(type) }
    func nestedContainer<Other: CodingKey>(keyedBy type: Other.Type, forKey key: Key) throws
      -> KeyedDecodingContainer<Other>
    { try member(key).container(keyedBy: type) }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
      try member(key).unkeyedContainer()
    }
    func superDecoder() throws -> any Decoder {
      JSONRecordDecoder(value: .object(members), codingPath: codingPath)
    }
    func superDecoder(forKey key: Key) throws -> any Decoder { try member(key) }

    private func member(_ key: Key) throws -> JSONRecordDecoder {
      guard let value = members[key.stringValue] else {
        throw DecodingError.keyNotFound(key, .init(codingPath: codingPath, debugDescription: ""))
      }
      return JSONRecordDecoder(value: value, codingPath: codingPath + [key])
    }
  }

  struct Elements: UnkeyedDecodingContainer {
    let elements: [JSONValue]
    let codingPath: [any CodingKey]
    private(set) var currentIndex = 0
    var count: Int? { elements.count }
    var isAtEnd: Bool { currentIndex == elements.count }

    private struct Index: CodingKey {
      let position: Int
      var intValue: Int? { position }
      var stringValue: String { "\(position)" }
      init(_ position: Int) { self.position = position }
      init?(intValue: Int) { position = intValue }
      init?(stringValue: String) { return nil }
    }

    init(elements: [JSONValue], codingPath: [any CodingKey]) {
      self.elements = elements
      self.codingPath = codingPath
    }

    private func current() throws -> JSONRecordDecoder {
      let path = codingPath + [Index(currentIndex)]
      guard !isAtEnd else {
        throw DecodingError.valueNotFound(Any.self, .init(codingPath: path, debugDescription: ""))
      }
      return JSONRecordDecoder(value: elements[currentIndex], codingPath: path)
    }

    mutating func decodeNil() throws -> Bool {
      guard try current().value == .null else { return false }
      currentIndex += 1
      return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
      let result = try current().read(type)
      currentIndex += 1
      return result
    }

    mutating func nestedContainer<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<
      Key
    > {
      let result = try current().container(keyedBy: type)
      currentIndex += 1
      return result
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
      let result = try current().unkeyedContainer()
      currentIndex += 1
      return result
    }

    mutating func superDecoder() throws -> any Decoder {
      let result = try current()
      currentIndex += 1
      return result
    }
  }

  struct Single: SingleValueDecodingContainer {
    let decoder: JSONRecordDecoder
    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.value == .null }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.read(type) }
  }
}
