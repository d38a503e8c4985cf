import Models
import Shards

/// An image tokenizer in a weights shard: its tensors under official keys and its sizes.
public struct TokenizerFile: Sendable {
  public let tokenizer: ImageTokenizer
  /// Content id of the shard it was read from; empty for a new tokenizer. Token shards name their codebook by
  /// it.
  public let contentID: String

  public init(tokenizer: ImageTokenizer) {
    self.tokenizer = tokenizer
    contentID = ""
  }

  static let type = "vq"

  /// Reads and checks a weights shard.
  /// - Throws: `ShardError`, or `CheckpointError` when the shard holds another kind of model or other keys.
  public init(reading path: String) throws {
    let (table, header) = try WeightsTable.read(path)
    try self.init(table, path: path, contentID: header.contentID)
  }

  public init(_ table: WeightsTable, path: String, contentID: String) throws {
    let type = table.model["type"]?.string ?? "nothing"
    guard type == Self.type else {
      throw CheckpointError.mismatch(
        path: path, expected: "the weights of an image tokenizer (\(Self.type))",
        found: "those of a model of type '\(type)'")
    }
    let configuration: ImageTokenizerConfiguration
    do { configuration = try table.model.decode() } catch {
      throw CheckpointError.malformed(path: path, what: "its model lacks a size (\(error))")
    }
    if let problem = configuration.problem { throw CheckpointError.malformed(path: path, what: problem) }
    tokenizer = ImageTokenizer(configuration: configuration)
    try tokenizer.parameters.load(table, path: path)
    self.contentID = contentID
  }

  /// The table to write.
  /// - Parameter facts: further facts for the header, such as what it was measured to do.
  public func table(facts: [String: JSONValue] = [:]) throws -> WeightsTable {
    var architecture = try JSONValue(encoding: tokenizer.configuration).object ?? [:]
    architecture["type"] = .string(Self.type)
    return tokenizer.parameters.table(model: .object(architecture), facts: facts)
  }
}
