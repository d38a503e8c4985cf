import Kernels
import Layers
import Shards

extension Sequence where Element == Parameter {
  /// The values under their official keys, as a shard holds them.
  ///
  /// - Parameter model: the architecture, from which the model can be built again.
  public func table(model: JSONValue, facts: [String: JSONValue] = [:]) -> WeightsTable {
    let tensors = map { NamedTensor($0.name, shape: $0.value.shape, values: $0.value.values) }
    return WeightsTable(tensors: tensors, model: model, facts: facts)
  }

  /// Copies values from a table into the parameters; either all are set or none is.
  ///
  /// - Parameters:
  ///   - path: where the table came from, for the message.
  ///   - ignoring: keys that the table may have and the model does not, such as caches.
  /// - Throws: `CheckpointError.keys` with every missing, unexpected and misshapen key.
  public func load(
    _ table: WeightsTable, path: String, ignoring: (String) -> Bool = isOfficialExtra
  ) throws {
    var stored = Dictionary(table.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var missing: [String] = []
    var misshapen: [String] = []
    var pairs: [(Parameter, NamedTensor)] = []
    for parameter in self {
      guard let tensor = stored.removeValue(forKey: parameter.name) else {
        missing.append(parameter.name)
        continue
      }
      if tensor.shape == parameter.value.shape {
        pairs.append((parameter, tensor))
      } else {
        misshapen.append("\(parameter.name) expected \(parameter.value.shape) found \(tensor.shape)")
      }
    }
    let unexpected = stored.keys.filter { !ignoring($0) }.sorted()
    guard missing.isEmpty, misshapen.isEmpty, unexpected.isEmpty else {
      throw CheckpointError.keys(path: path, missing: missing, unexpected: unexpected, misshapen: misshapen)
    }
    for (parameter, tensor) in pairs {
      tensor.values.withUnsafeBufferPointer { source in
        if let base = source.baseAddress { parameter.value.pointer.update(from: base, count: source.count) }
      }
    }
  }
}

/// Whether a key is one that official files may hold beside the weights: key/value caches saved by accident
/// and the codebook's usage buffer (spec/class-conditional §1.1, §3).
public func isOfficialExtra(_ key: String) -> Bool {
  key.contains(".kv_cache.") || key == "quantize.codebook_used"
}
