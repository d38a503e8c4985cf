import Files
import Kernels
import Layers
import Shards

extension Sequence where Element == Parameter {
  /// The values under their official keys, as a shard holds them. They are lent, not copied: the table shows what
  /// the parameters hold when it is read or written.
  ///
  /// - Parameter model: the architecture, from which the model can be built again.
  public func table(model: JSONValue, facts: [String: JSONValue] = [:]) -> WeightsTable {
    let tensors = map { parameter in
      let value = parameter.value
      return NamedTensor(
        parameter.name, shape: value.shape,
        lent: UnsafeBufferPointer(start: value.pointer, count: value.count),
        by: value)
    }
    return WeightsTable(tensors: tensors, model: model, facts: facts)
  }

  /// Copies values from a table into the parameters; either all are set or none is.
  ///
  /// - Parameters:
  ///   - path: where the table came from, for the message.
  ///   - ignoring: keys that the table may have and the model does not, such as caches.
  /// - Throws: `WeightsError` with every missing, unexpected and misshapen key.
  public func load(
    _ table: WeightsTable, path: String, ignoring: (String) -> Bool = isOfficialExtra
  ) throws {
    let stored = Dictionary(table.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    try OfficialWeights.check(
      stored.mapValues(\.shape), against: map { ($0.name, $0.value.shape) }, path: path, ignoring: ignoring)
    for parameter in self {
      stored[parameter.name]?.withValues { source in
        if let base = source.baseAddress { parameter.value.pointer.update(from: base, count: source.count) }
      }
    }
  }
}
