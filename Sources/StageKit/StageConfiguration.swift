import Files

/// Reads a stage's configuration, strictly.
///
/// A key of the file that the type does not know and a property of the type that the file does not hold are
/// both errors (exit code 78); only an optional property may be absent. A property `learningRate` is the key
/// `learning_rate` in the file; explicit `CodingKeys` with the file's spelling work as well. Sections that
/// adopt `CheckedConfiguration` check their ranges.
public enum StageConfiguration {
  /// Decodes a file and gives its id: the SHA-256 of its bytes in hexadecimal.
  /// - Throws: `ConfigurationError`; `FileError` (exit code 74 or 65) for what cannot be read or is too large.
  public static func load<T: Decodable>(_ path: String, as type: T.Type = T.self) throws -> (
    T, configID: String
  ) {
    let (value, configID) = try parse(path)
    return (try decode(value, path: path), configID)
  }

  /// Decodes a file whose key `algorithm` must be the number that this program computes.
  public static func load<T: Decodable>(
    _ path: String, as type: T.Type = T.self, algorithm: Int
  ) throws -> (T, configID: String) {
    let (value, configID) = try parse(path)
    if let found = value["algorithm"]?.int, found != algorithm {
      throw ConfigurationError.algorithm(path: path, expected: algorithm, found: found)
    }
    return (try decode(value, path: path), configID)
  }

  /// Decodes a value; `path` is named in errors.
  package static func decode<T: Decodable>(_ value: JSONValue, as type: T.Type = T.self, path: String) throws
    -> T
  {
    try ConfigurationDecoder(value: value, keys: [], file: path).decode(T.self)
  }

  /// The most bytes of a configuration.
  private static let limit = 16 << 20

  private static func parse(_ path: String) throws -> (JSONValue, configID: String) {
    let bytes: [UInt8]
    do { bytes = try ReadableFile.bytes(of: path, atMost: limit) } catch FileError.missing {
      throw ConfigurationError.missing(path: path)
    }
    do { return (try JSONValue(parsing: bytes), SHA256.hex(bytes)) } catch {
      throw ConfigurationError.notJSON(path: path, what: "\(error)")
    }
  }
}
