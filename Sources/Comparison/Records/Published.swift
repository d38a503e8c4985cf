import Files
import Shards

/// What `score` writes: the members of a record beside its provenance.
public struct Published<Record: Codable & Sendable>: Codable, Sendable {
  public let record: Record
  public let provenance: Provenance
  /// The layout of the file.
  public let schema: Int

  /// The stage that all such files name as their maker.
  public static var stage: String { "score" }

  private enum CodingKeys: String, CodingKey { case provenance, schema }

  public init(_ record: Record, provenance: Provenance) {
    self.record = record
    self.provenance = provenance
    schema = 1
  }

  public init(from decoder: any Decoder) throws {
    record = try Record(from: decoder)
    let container = try decoder.container(keyedBy: CodingKeys.self)
    provenance = try container.decode(Provenance.self, forKey: .provenance)
    schema = try container.decode(Int.self, forKey: .schema)
    guard schema == 1 else {
      throw DecodingError.dataCorruptedError(
        forKey: .schema, in: container, debugDescription: "another layout")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    try record.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(provenance, forKey: .provenance)
    try container.encode(schema, forKey: .schema)
  }

  /// Content ids of the inputs in a role.
  public func inputs(_ role: String) -> [String] {
    provenance.inputs.filter { $0.role == role }.map(\.contentID)
  }

  /// Reads a file.
  /// - Parameter key: what tells such a record from other files, for errors.
  /// - Throws: `ShardError.malformed` for what is not JSON, `.mismatch` for another record.
  public init(reading path: String, key: String) throws {
    let json = try JSONValue(reading: path)
    do { self = try json.record() } catch {
      throw ShardError.mismatch(
        path: path, expected: "a result of 'score' with '\(key)' and its provenance",
        found: "something else: \(error)")
    }
  }
}

extension JSONValue {
  /// Reads a JSON file.
  /// - Throws: `ShardError.malformed` for what is not JSON, `FileError` for what cannot be read.
  package init(reading path: String) throws {
    let bytes = try ReadableFile.bytes(of: path)
    do { self = try JSONValue(parsing: bytes) } catch {
      throw ShardError.malformed(path: path, what: "it is not JSON, \(error)")
    }
  }
}
