import Files

/// Decodes a JSON value and remembers which keys were known, so that unknown ones can be refused.
struct ConfigurationDecoder: Decoder {
  /// The keys of one object that some key type accepted.
  final class KnownKeys { var keys: Set<String> = [] }

  let value: JSONValue
  /// Where the value stands, such as ["training", "beta1"].
  let keys: [String]
  let file: String
  let known = KnownKeys()
  var codingPath: [any CodingKey] { [] }
  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// The path as users write it in SET.
  var name: String { keys.isEmpty ? "the whole file" : keys.joined(separator: ".") }

  func child(_ value: JSONValue, _ key: String) -> ConfigurationDecoder {
    ConfigurationDecoder(value: value, keys: keys + [key], file: file)
  }

  /// Decodes the value, then refuses keys nobody knows and checks the section's own rules.
  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    if let json = value as? T { return json }
    let result: T
    do { result = try T(from: self) } catch DecodingError.dataCorrupted {
      throw wrongType(Self.words(of: type))  // an enumeration without this word
    }
    if let unknown = value.object?.keys.filter({ !known.keys.contains($0) }).min() {
      throw ConfigurationError.unknownKey(
        path: file, key: (keys + [unknown]).joined(separator: "."), known: known.keys.sorted())
    }
    if let section = result as? any CheckedConfiguration {
      var rules = ConfigurationRules()
      section.check(&rules)
      if let broken = rules.broken {
        throw ConfigurationError.outOfRange(
          path: file, key: (keys + [broken.key]).joined(separator: "."),
          expected: broken.expected, found: broken.found)
      }
    }
    return result
  }

  func wrongType(_ expected: String) -> ConfigurationError {
    .wrongType(path: file, key: name, expected: expected, found: Self.describe(value))
  }

  /// The raw values of an enumeration, for people.
  private static func words<T>(of type: T.Type) -> String {
    guard let cases = type as? any CaseIterable.Type else { return "a value that this program knows" }
    return "one of " + list(cases).joined(separator: ", ")
  }

  private static func list<T: CaseIterable>(_ type: T.Type) -> [String] {
    type.allCases.map { ($0 as? any RawRepresentable).map { "\($0.rawValue)" } ?? "\($0)" }
  }

  static func describe(_ value: JSONValue) -> String {
    switch value {
    case .object: "an object"
    case .array: "a list"
    default: value.text
    }
  }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    guard let members = value.object else { throw wrongType("an object") }
    return KeyedDecodingContainer(ConfigurationObject<Key>(decoder: self, members: members))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    guard let elements = value.array else { throw wrongType("a list") }
    return ConfigurationList(decoder: self, elements: elements)
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    ConfigurationScalar(decoder: self)
  }
}

// The scalars of JSON. Integers must be whole and fit; numbers may be integers.
extension ConfigurationDecoder {
  func bool() throws -> Bool {
    guard let result = value.bool else { throw wrongType("true or false") }
    return result
  }

  func string() throws -> String {
    guard let result = value.string else { throw wrongType("a string") }
    return result
  }

  func double() throws -> Double {
    guard let result = value.double else { throw wrongType("a number") }
    return result
  }

  func integer<T: FixedWidthInteger>(_ type: T.Type) throws -> T {
    let result = value.int.flatMap { T(exactly: $0) } ?? value.uint64.flatMap { T(exactly: $0) }
    guard let result else { throw wrongType(T.min < 0 ? "a whole number" : "a whole number of at least 0") }
    return result
  }
}
