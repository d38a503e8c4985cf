import Files
import Shards

/// Named tensors of a file of another program: safetensors, or what `torch.save` wrote in either of its formats.
///
/// The format is told by content, not by name. Only the description is read at first; numbers are read tensor by
/// tensor, from the file as it lies on disk, and nothing that a file asks for is ever run.
public struct CheckpointFile {
  /// A tensor without its numbers.
  public struct Entry: Equatable, Sendable {
    public let name: String
    public let type: StoredTensor.ElementType
    public let shape: [Int]
  }

  private enum Source {
    case safetensors(MappedFile, [SafetensorsLayout.Entry])
    case torch(TorchFile, [(name: String, tensor: TorchTensor)])
  }

  public let path: String
  /// Where in a PyTorch file the tensors were found: keys joined by dots, empty at the top.
  public let key: String
  /// Texts of a safetensors file; PyTorch files have none.
  public let metadata: [String: String]
  /// Sorted by name.
  public let entries: [Entry]
  private let source: Source

  /// Reads and checks the description of a file.
  ///
  /// - Parameter key: the key path of the tensors in a PyTorch file, such as `state_dict` or `ema.module`; nil
  ///   finds them at the top or under `model`, `state_dict`, `module` or `ema`.
  /// - Throws: `FormatError.missing`, `.malformed`, `.unsupported`, or `.mismatch` if the tensors are not
  ///   found or lie at several places; `FileError.io`.
  public init(reading path: String, at key: String? = nil) throws {
    let file = try MappedFile(path)
    self.path = path
    if TorchFile.isZip(file) || TorchLegacyFile.isOne(file) {
      let torch = try TorchFile(file)
      let found = try TensorDictionary(in: torch.root, at: key, path: path)
      try Self.check(found, in: torch)
      self.key = found.key
      metadata = [:]
      entries = found.tensors.map { Entry(name: $0.name, type: $0.tensor.type, shape: $0.tensor.shape) }
      source = .torch(torch, found.tensors)
      return
    }
    guard file.count >= 9, file[8] == UInt8(ascii: "{") else {
      let found = hexadecimal(file.bytes.prefix(9), separator: " ")
      throw file.malformed(
        "expected a safetensors file or one of torch.save, found \(file.count) bytes, the first \(found)")
    }
    if let key {
      throw FormatError.mismatch(
        path: path, expected: "a file of torch.save for the key '\(shown(key))' (--key)",
        found: "a safetensors file, which has all tensors at the top")
    }
    let layout = try SafetensorsLayout(file)
    self.key = ""
    metadata = layout.metadata
    entries = layout.entries.map { Entry(name: $0.name, type: $0.type, shape: $0.shape) }
    source = .safetensors(file, layout.entries)
  }

  /// The tensor of an entry, by its place in `entries`.
  ///
  /// - Throws: `FormatError.malformed` or `.unsupported` for damage in its bytes.
  public func tensor(at index: Int) throws -> StoredTensor {
    switch source {
    case .safetensors(let file, let places):
      StoredTensor(
        places[index].name, places[index].type, shape: places[index].shape,
        bytes: file.copy(places[index].range)[...])
    case .torch(let file, let places): try file.tensor(places[index].tensor, named: places[index].name)
    }
  }

  /// All tensors, in the sequence of `entries`. Throws what `tensor(at:)` does.
  public func tensors() throws -> [StoredTensor] { try entries.indices.map { try tensor(at: $0) } }

  /// All tensors as single precision, read one after the other. Throws what `tensor(at:)` does.
  public func floats() throws -> [NamedTensor] {
    try entries.indices.map { index in
      let tensor = try tensor(at: index)
      return NamedTensor(tensor.name, shape: tensor.shape, values: tensor.floats)
    }
  }

  /// Refuses tensors that together are absurdly larger than their file, or whose bytes are not there.
  private static func check(_ found: TensorDictionary, in torch: TorchFile) throws {
    let limit = Expansion.limit(torch.size)
    var total = 0
    for (_, tensor) in found.tensors {
      try torch.storages.check(tensor.storage)
      let (sum, overflow) = total.addingReportingOverflow(tensor.size)
      guard !overflow, sum <= limit else {
        throw FormatError.mismatch(
          path: torch.path,
          expected: "tensors of at most \(grouped(limit)) bytes in a file of \(grouped(torch.size))",
          found: "more")
      }
      total = sum
    }
  }
}
