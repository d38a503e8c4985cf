import Files

/// The weights of a model or an image tokenizer, with its architecture.
///
/// One column per tensor under its official key name, f32 (f16 is read too); the shard has one record. The tensors
/// of a table that was read lie in the shard's memory, those of a model in the model's.
public struct WeightsTable: ShardTable {
  public static let kind = ShardKind.weights
  public static let schema = 1

  /// Sorted by name, so that equal weights have equal content ids.
  public private(set) var tensors: [NamedTensor]
  /// The architecture: whatever its model needs to be built.
  public var model: JSONValue
  /// Further facts, an object; written beside `model`.
  public var facts: [String: JSONValue]

  /// - Parameters:
  ///   - tensors: in any sequence, no two of one name.
  ///   - model: the architecture; `JSONValue(encoding:)` makes it from a configuration.
  ///   - facts: anything else worth keeping; the key `model` is taken.
  public init(tensors: [NamedTensor], model: JSONValue, facts: [String: JSONValue] = [:]) {
    self.tensors = Self.sorted(tensors)
    self.model = model
    self.facts = facts
  }

  private static func sorted(_ tensors: [NamedTensor]) -> [NamedTensor] {
    tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  public var count: Int { tensors.count }
  /// The tensor of this name, or nil.
  public subscript(_ name: String) -> NamedTensor? { tensors.first { $0.name == name } }

  public var columns: [NewColumn] { tensors.map(NewColumn.init) }

  public var extra: JSONValue { .object(facts.merging(["model": model]) { _, model in model }) }

  public init(shard: Shard) throws {
    model = try shard.fact("model", "present") { $0 }
    facts = (shard.header.extra.object ?? [:]).filter { $0.key != "model" }
    let stored = try shard.header.columns.map { column in
      guard column.type == .f32 || column.type == .f16 else {
        throw shard.mismatch(
          expected: "weights of dtype f32 or f16", found: "'\(column.name)' of \(column.type.rawValue)")
      }
      return shard.tensor(column)
    }
    tensors = Self.sorted(stored)
  }

  /// Weights are finite: a model with one NaN gives NaN for everything, and often in silence.
  public func check() throws(TableProblem) {
    guard let bad = tensors.firstNonFinite else { return }
    throw TableProblem(
      expected: "finite weights", found: "\(bad.value) at element \(bad.index) of '\(bad.tensor)'")
  }
}
