import Files
import Formats
import Foundation
import Shards

/// The weights file of a feature network, read once: safetensors, a file of PyTorch, or a weights shard.
struct FeatureNetworkFile {
  let path: String
  /// SHA-256 of the whole file.
  let hash: String
  let tensors: [String: (shape: [Int], values: [Float])]

  private static let types: [StoredTensor.ElementType] = [.f16, .bf16, .f32, .f64]

  /// - Parameter advice: what to do when there is no such file, a sentence.
  /// - Throws: `FeatureFailure` without a file, `FormatError` for one of another format or one that holds integers
  ///   where weights should be, `ShardError` for a bad shard.
  init(reading path: String, named setting: String, advice: String) throws {
    guard exists(path) else {
      let place = path.isEmpty ? "\(setting) is empty" : "\(path) does not exist"
      throw FeatureFailure.missingNetwork(place: place, advice: advice)
    }
    self.path = path
    hash = try ReadableFile.hash(of: path)
    if path.hasSuffix(".shard") {
      let table = try WeightsTable(reading: path)
      tensors = Dictionary(uniqueKeysWithValues: table.tensors.map { ($0.name, ($0.shape, $0.values)) })
      return
    }
    let file = try CheckpointFile(reading: path)
    // Counters beside the weights are single integers.
    if let odd = file.entries.first(where: { !Self.types.contains($0.type) && !$0.shape.isEmpty }) {
      throw FormatError.unsupported(
        path: path, what: "'\(odd.name)' has the dtype \(odd.type.rawValue); convert it to F32, F16 or BF16")
    }
    tensors = Dictionary(uniqueKeysWithValues: try file.floats().map { ($0.name, ($0.shape, $0.values)) })
  }

  /// The file as an input of what is made with it.
  var input: Provenance.Input {
    Provenance.Input(role: "network", name: URL(filePath: path).lastPathComponent, contentID: hash)
  }

  /// Makes the network, naming the file where its weights do not fit.
  func network<Network>(
    _ make: ([String: (shape: [Int], values: [Float])]) throws -> Network
  ) throws -> Network {
    do { return try make(tensors) } catch let error as FeatureNetworkError {
      throw FeatureFailure.unfitNetwork(path: path, error)
    }
  }
}
