import Files
import Models

/// Sizes of a model as a weights shard describes them: its fact `model`, with the type of model beside them.
protocol StoredSizes: Codable {
  /// What the shard says that it holds.
  static var storedType: String { get }
  /// The same in words, for messages.
  static var description: String { get }
  /// Why no such model can be built; nil if one can.
  var problem: String? { get }
}

extension AnyOrderConfiguration: StoredSizes {
  static let storedType = "any-order-transformer"
  static let description = "an \(storedType)"
}

extension ImageTokenizerConfiguration: StoredSizes {
  static let storedType = "vq"
  static let description = "an image tokenizer (\(storedType))"
}

extension StoredSizes {
  /// As the shard keeps them.
  func architecture() throws -> JSONValue {
    .object((try JSONValue(encoding: self).object ?? [:]).merging(["type": .string(Self.storedType)]) { $1 })
  }
}
