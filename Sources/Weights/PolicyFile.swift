import Files
import Formats
import Models
import Shards

extension OrderPolicyConfiguration: StoredSizes {
  static let storedType = "order-policy"
  static let description = "an \(storedType)"
}

/// An order policy in a weights shard: its tensors, its sizes, and which codebook, classes and model its numbers mean.
public struct PolicyFile: Sendable {
  public let model: AnyOrderTransformer
  public let sizes: OrderPolicyConfiguration
  /// Content id of the image tokenizer whose codes it reads.
  public let codebook: String
  public let classNames: [String]
  /// Content id of the text tokenizer whose tokens it reads; empty for a policy of classes.
  public let textTokenizer: String
  /// Content id of the model whose orders it learned.
  public let extractor: String
  /// Content id of the shard it was read from; empty for a new policy.
  public let contentID: String

  /// A policy of zeros, to be initialised. The sizes must have no `problem`.
  public init(
    _ sizes: OrderPolicyConfiguration, codebook: String, classNames: [String], textTokenizer: String,
    extractor: String
  ) {
    model = AnyOrderTransformer(configuration: sizes.transformer)
    self.sizes = sizes
    self.codebook = codebook
    self.classNames = classNames
    self.textTokenizer = textTokenizer
    self.extractor = extractor
    contentID = ""
  }

  /// Reads and checks a weights shard.
  /// - Throws: `ShardError`, or `FormatError` when the shard holds another kind of model or other keys.
  public init(reading path: String) throws {
    let (table, header) = try WeightsTable.read(path)
    try self.init(table, path: path, contentID: header.contentID)
  }

  init(_ table: WeightsTable, path: String, contentID: String) throws {
    sizes = try table.sizes(as: OrderPolicyConfiguration.self, path: path)
    try table.require(parameters: sizes.transformer.parameterCount, path: path)
    model = AnyOrderTransformer(configuration: sizes.transformer)
    try model.parameters.load(table, path: path)
    codebook = table.facts["codebook"]?.string ?? ""
    classNames = table.facts["class_names"]?.strings ?? []
    textTokenizer = table.facts["text_tokenizer"]?.string ?? ""
    extractor = table.facts["extractor"]?.string ?? ""
    self.contentID = contentID
  }

  /// The table to write.
  /// - Parameter facts: further facts for the header, such as the steps trained.
  public func table(facts: [String: JSONValue] = [:]) throws -> WeightsTable {
    var known: [String: JSONValue] = [
      "codebook": .string(codebook), "class_names": .array(classNames.map { .string($0) }),
      "extractor": .string(extractor),
    ]
    if !textTokenizer.isEmpty { known["text_tokenizer"] = .string(textTokenizer) }
    return model.parameters.table(
      model: try sizes.architecture(), facts: known.merging(facts) { known, _ in known })
  }
}

/// What chooses locations for a model that draws: another model by its confidence, or a policy.
public enum ChooserFile: Sendable {
  case teacher(TransformerFile)
  case policy(PolicyFile)

  /// Reads whichever of them a weights shard holds.
  /// - Throws: as `TransformerFile` and `PolicyFile`.
  public init(reading path: String) throws {
    let (table, header) = try WeightsTable.read(path)
    self =
      table.model["type"]?.string == OrderPolicyConfiguration.storedType
      ? .policy(try PolicyFile(table, path: path, contentID: header.contentID))
      : .teacher(try TransformerFile(table, path: path, contentID: header.contentID))
  }

  /// What it is called.
  public var kind: String { parts.kind }
  public var model: AnyOrderTransformer { parts.model }
  /// Content id of the image tokenizer whose codes it reads.
  public var codebook: String { parts.codebook }
  public var classNames: [String] { parts.classNames }
  /// Content id of its text tokenizer; empty where it reads classes.
  public var textTokenizer: String { parts.textTokenizer }

  private var parts:
    (kind: String, model: AnyOrderTransformer, codebook: String, classNames: [String], textTokenizer: String)
  {
    switch self {
    case .teacher(let file): ("a teacher", file.model, file.codebook, file.classNames, file.textTokenizer)
    case .policy(let file): ("a policy", file.model, file.codebook, file.classNames, file.textTokenizer)
    }
  }
}
