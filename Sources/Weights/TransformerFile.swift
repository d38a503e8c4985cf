import Files
import Formats
import Models
import Shards

/// An any-order transformer in a weights shard: its tensors under official keys, its sizes, and which
/// codebook and classes its numbers mean.
public struct TransformerFile: Sendable {
  public let model: AnyOrderTransformer
  /// Content id of the image tokenizer whose codes the model predicts.
  public let codebook: String
  public let classNames: [String]
  /// Content id of the text tokenizer whose tokens the model reads; empty for a model of classes.
  public let textTokenizer: String
  /// Content id of the shard it was read from; empty for a new model.
  public let contentID: String

  public init(
    model: AnyOrderTransformer, codebook: String, classNames: [String], textTokenizer: String = ""
  ) {
    self.model = model
    self.codebook = codebook
    self.classNames = classNames
    self.textTokenizer = textTokenizer
    contentID = ""
  }

  /// Reads and checks a weights shard.
  /// - Throws: `ShardError`, or `FormatError` when the shard holds another kind of model or other keys.
  public init(reading path: String) throws {
    let (table, header) = try WeightsTable.read(path)
    try self.init(table, path: path, contentID: header.contentID)
  }

  public init(_ table: WeightsTable, path: String, contentID: String) throws {
    let configuration = try table.sizes(as: AnyOrderConfiguration.self, path: path)
    try table.require(parameters: configuration.parameterCount, path: path)
    model = AnyOrderTransformer(configuration: configuration)
    try model.parameters.load(table, path: path)
    codebook = table.facts["codebook"]?.string ?? ""
    classNames = table.facts["class_names"]?.strings ?? []
    textTokenizer = table.facts["text_tokenizer"]?.string ?? ""
    self.contentID = contentID
  }

  /// The table to write.
  /// - Parameter facts: further facts for the header, such as the steps trained.
  public func table(facts: [String: JSONValue] = [:]) throws -> WeightsTable {
    var known: [String: JSONValue] = [
      "codebook": .string(codebook), "class_names": .array(classNames.map { .string($0) }),
    ]
    if !textTokenizer.isEmpty { known["text_tokenizer"] = .string(textTokenizer) }
    return model.parameters.table(
      model: try model.configuration.architecture(), facts: known.merging(facts) { known, _ in known })
  }
}
