import Files
import Formats
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

  /// Reads and checks a weights shard.
  /// - Throws: `ShardError`, or `FormatError` when the shard holds another kind of model or other keys.
  public init(reading path: String) throws {
    let (table, header) = try WeightsTable.read(path)
    try self.init(table, path: path, contentID: header.contentID)
  }

  public init(_ table: WeightsTable, path: String, contentID: String) throws {
    let configuration = try table.sizes(as: ImageTokenizerConfiguration.self, path: path)
    try table.require(parameters: configuration.parameterCount, path: path)
    tokenizer = ImageTokenizer(configuration: configuration)
    try tokenizer.parameters.load(table, path: path)
    self.contentID = contentID
  }

  /// The table to write.
  /// - Parameter facts: further facts for the header, such as what it was measured to do.
  public func table(facts: [String: JSONValue] = [:]) throws -> WeightsTable {
    let architecture = try tokenizer.configuration.architecture()
    return tokenizer.parameters.table(model: architecture, facts: facts)
  }
}
