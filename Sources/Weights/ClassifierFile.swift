import Files
import Formats
import Models
import Shards

/// An image classifier in a weights shard: its tensors, its sizes and the names of its classes.
public struct ClassifierFile: Sendable {
  public let classifier: ImageClassifier
  public let classNames: [String]
  /// Content id of the shard it was read from; empty for a new classifier.
  public let contentID: String

  /// The name of the fact that holds the names.
  private static let fact = "class_names"

  public init(classifier: ImageClassifier, classNames: [String]) {
    self.classifier = classifier
    self.classNames = classNames
    contentID = ""
  }

  /// Reads and checks a weights shard.
  /// - Throws: `ShardError`, or `FormatError` when the shard holds another kind of model or other keys.
  public init(reading path: String) throws {
    let (table, header) = try WeightsTable.read(path)
    let configuration = try table.sizes(as: ImageClassifierConfiguration.self, path: path)
    try table.require(parameters: configuration.parameterCount, path: path)
    guard let names = table.facts[Self.fact]?.strings, names.count == configuration.classes else {
      throw FormatError.malformed(
        path: path, what: "its fact '\(Self.fact)' does not name \(grouped(configuration.classes)) classes")
    }
    classifier = ImageClassifier(configuration: configuration)
    classNames = names
    contentID = header.contentID
    try classifier.parameters.load(table, path: path)
  }

  /// The table to write.
  /// - Parameter facts: further facts for the header, such as what it was measured to do.
  public func table(facts: [String: JSONValue] = [:]) throws -> WeightsTable {
    let architecture = try classifier.configuration.architecture()
    let names: [String: JSONValue] = [Self.fact: .array(classNames.map(JSONValue.string))]
    return classifier.parameters.table(model: architecture, facts: facts.merging(names) { $1 })
  }
}

extension ImageClassifierConfiguration: StoredSizes {
  static let storedType = "image-classifier"
  static let description = "an image classifier (\(storedType))"
}
