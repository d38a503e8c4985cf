import EngineKit
import Models
import Shards
import Weights

/// A shard of tokens with what a model draws each of its images from.
struct ConditionedTokens {
  let table: TokenTable
  /// By record.
  let conditions: [Condition]

  var count: Int { table.count }

  /// - Parameters:
  ///   - shard: path of the tokens.
  ///   - file: the model.
  ///   - path: the model's path, for errors.
  /// - Throws: `ShardError` for a bad shard and for tokens that do not belong to the model.
  init(_ shard: String, of file: TransformerFile, path: String) throws {
    table = try TokenTable(reading: shard)
    try file.check(tokens: table, path: path)
    conditions = table.conditions(for: file.model.configuration)
  }
}
