import Files

/// An object of a configuration. A key `learningRate` is found under `learning_rate`.
struct ConfigurationObject<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let decoder: ConfigurationDecoder
  let members: [String: JSONValue]
  /// Names in the file by the key type's own spelling.
  private let names: [String: String]
  let allKeys: [Key]
  var codingPath: [any CodingKey] { [] }

  init(decoder: ConfigurationDecoder, members: [String: JSONValue]) {
    self.decoder = decoder
    self.members = members
    var names: [String: String] = [:]
    var allKeys: [Key] = []
    for name in members.keys.sorted() {
      guard let key = Key(stringValue: name) ?? Key(stringValue: camelCase(name)) else { continue }
      decoder.known.keys.insert(name)
      names[key.stringValue] = name
      allKeys.append(key)
    }
    self.names = names
    self.allKeys = allKeys
  }

  private func child(_ key: Key) throws -> ConfigurationDecoder {
    if let name = names[key.stringValue], let value = members[name] { return decoder.child(value, name) }
    throw ConfigurationError.missingKey(
      path: decoder.file, key: (decoder.keys + [snakeCase(key.stringValue)]).joined(separator: "."),
      unknown: members.keys.filter { !decoder.known.keys.contains($0) }.sorted())
  }

  func contains(_ key: Key) -> Bool { names[key.stringValue] != nil }
  func decodeNil(forKey key: Key) throws -> Bool { try child(key).value == .null }

  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try child(key).bool() }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try child(key).string() }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try child(key).double() }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { Float(try child(key).double()) }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try child(key).integer(Int.self) }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try child(key).integer(Int8.self) }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try child(key).integer(Int16.self) }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try child(key).integer(Int32.self) }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try child(key).integer(Int64.self) }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try child(key).integer(UInt.self) }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try child(key).integer(UInt8.self) }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try child(key).integer(UInt16.self) }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try child(key).integer(UInt32.self) }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try child(key).integer(UInt64.self) }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try child(key).decode(type) }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> { try child(key).container(keyedBy: type) }
  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try child(key).unkeyedContainer()
  }
  func superDecoder() throws -> any Decoder { decoder }
  func superDecoder(forKey key: Key) throws -> any Decoder { try child(key) }
}

/// A list of a configuration.
struct ConfigurationList: UnkeyedDecodingContainer {
  let decoder: ConfigurationDecoder
  let elements: [JSONValue]
  private(set) var currentIndex = 0
  var count: Int? { elements.count }
  var isAtEnd: Bool { currentIndex >= elements.count }
  var codingPath: [any CodingKey] { [] }

  init(decoder: ConfigurationDecoder, elements: [JSONValue]) {
    self.decoder = decoder
    self.elements = elements
  }

  private mutating func next() throws -> ConfigurationDecoder {
    guard !isAtEnd else { throw decoder.wrongType("a list of more than \(elements.count) values") }
    defer { currentIndex += 1 }
    return decoder.child(elements[currentIndex], "\(currentIndex)")
  }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, elements[currentIndex] == .null else { return false }
    currentIndex += 1
    return true
  }

  mutating func decode(_ type: Bool.Type) throws -> Bool { try next().bool() }
  mutating func decode(_ type: String.Type) throws -> String { try next().string() }
  mutating func decode(_ type: Double.Type) throws -> Double { try next().double() }
  mutating func decode(_ type: Float.Type) throws -> Float { Float(try next().double()) }
  mutating func decode(_ type: Int.Type) throws -> Int { try next().integer(Int.self) }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try next().integer(Int8.self) }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try next().integer(Int16.self) }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try next().integer(Int32.self) }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try next().integer(Int64.self) }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try next().integer(UInt.self) }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next().integer(UInt8.self) }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next().integer(UInt16.self) }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next().integer(UInt32.self) }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next().integer(UInt64.self) }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next().decode(type) }
  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type
  ) throws -> KeyedDecodingContainer<Nested> { try next().container(keyedBy: type) }
  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try next().unkeyedContainer()
  }
  mutating func superDecoder() throws -> any Decoder { try next() }
}

/// A single value of a configuration, as enumerations with raw values read it.
struct ConfigurationScalar: SingleValueDecodingContainer {
  let decoder: ConfigurationDecoder
  var codingPath: [any CodingKey] { [] }

  func decodeNil() -> Bool { decoder.value == .null }

  func decode(_ type: Bool.Type) throws -> Bool { try decoder.bool() }
  func decode(_ type: String.Type) throws -> String { try decoder.string() }
  func decode(_ type: Double.Type) throws -> Double { try decoder.double() }
  func decode(_ type: Float.Type) throws -> Float { Float(try decoder.double()) }
  func decode(_ type: Int.Type) throws -> Int { try decoder.integer(Int.self) }
  func decode(_ type: Int8.Type) throws -> Int8 { try decoder.integer(Int8.self) }
  func decode(_ type: Int16.Type) throws -> Int16 { try decoder.integer(Int16.self) }
  func decode(_ type: Int32.Type) throws -> Int32 { try decoder.integer(Int32.self) }
  func decode(_ type: Int64.Type) throws -> Int64 { try decoder.integer(Int64.self) }
  func decode(_ type: UInt.Type) throws -> UInt { try decoder.integer(UInt.self) }
  func decode(_ type: UInt8.Type) throws -> UInt8 { try decoder.integer(UInt8.self) }
  func decode(_ type: UInt16.Type) throws -> UInt16 { try decoder.integer(UInt16.self) }
  func decode(_ type: UInt32.Type) throws -> UInt32 { try decoder.integer(UInt32.self) }
  func decode(_ type: UInt64.Type) throws -> UInt64 { try decoder.integer(UInt64.self) }

  func decode<T: Decodable>(_ type: T.Type) throws -> T { try decoder.decode(type) }
}

/// "learning_rate" as "learningRate".
func camelCase(_ name: String) -> String {
  let parts = name.split(separator: "_", omittingEmptySubsequences: false)
  guard let first = parts.first, !first.isEmpty else { return name }
  return first + parts.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
}

/// "learningRate" as "learning_rate".
func snakeCase(_ name: String) -> String {
  name.reduce(into: "") { result, letter in
    if letter.isUppercase, !result.isEmpty { result += "_" }
    result += letter.lowercased()
  }
}
