import Files
import Models

/// What keys and shapes say that a file's weights are of.
public struct OfficialModel: Sendable {
  /// What people call it, such as "RandAR-L".
  public let title: String
  /// The architecture, as a weights shard describes it.
  public let architecture: JSONValue
  /// The shape of every tensor that the model reads, by its official key.
  public let shapes: [String: [Int]]
  /// The sizes, where it is a transformer or an image tokenizer.
  public let transformer: AnyOrderConfiguration?
  public let tokenizer: ImageTokenizerConfiguration?

  /// A network of fixed sizes, which its type alone describes.
  public init(title: String, type: String, shapes: [String: [Int]]) {
    self.title = title
    architecture = ["type": .string(type)]
    self.shapes = shapes
    transformer = nil
    tokenizer = nil
  }

  init(_ sizes: AnyOrderConfiguration) throws {
    title = sizes.title
    architecture = try sizes.architecture()
    shapes = sizes.parameterShapes
    transformer = sizes
    tokenizer = nil
  }

  init(_ sizes: ImageTokenizerConfiguration) throws {
    title = sizes.title
    architecture = try sizes.architecture()
    let parameters = ImageTokenizer(configuration: sizes).parameters
    shapes = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value.shape) })
    transformer = nil
    tokenizer = sizes
  }

  /// Numbers that the model reads.
  public var parameterCount: Int { shapes.values.reduce(0) { $0 + $1.reduce(1, *) } }

  /// Checks that tensors are the model's.
  /// - Throws: `WeightsError` with every missing, unexpected and misshapen key in one message.
  public func check(_ found: [String: [Int]], path: String) throws {
    try OfficialWeights.check(
      found, against: shapes.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }, of: title, path: path,
      ignoring: isOfficialExtra)
  }
}

extension OfficialWeights {
  /// Compares shapes by name with those that a model needs.
  ///
  /// - Parameters:
  ///   - title: what the model is called, for the message.
  ///   - ignoring: keys that may be there and are not read.
  /// - Throws: `WeightsError` with every difference.
  static func check(
    _ found: [String: [Int]], against expected: [(name: String, shape: [Int])], of title: String? = nil,
    path: String, ignoring: (String) -> Bool
  ) throws {
    let known = Set(expected.map(\.name))
    let missing = expected.map(\.name).filter { found[$0] == nil }
    let unexpected = found.keys.filter { !known.contains($0) && !ignoring($0) }.sorted()
    let misshapen = expected.compactMap { name, shape -> String? in
      guard let other = found[name], other != shape else { return nil }
      return "\(name) expected \(shape) found \(other)"
    }
    guard missing.isEmpty, unexpected.isEmpty, misshapen.isEmpty else {
      throw WeightsError(
        path: path, of: title ?? "the model", missing: missing, unexpected: unexpected, misshapen: misshapen)
    }
  }
}

/// Whether a key is one that official files may hold beside what a model reads
/// (pipeline/method/transformer.md §1, pipeline/method/tokenizer.md §3, pipeline/method/metrics.md §3).
public func isOfficialExtra(_ key: String) -> Bool { isOfficialBuffer(key) || isOfficialLeftover(key) }

/// Small tensors that nothing reads but that belong to an official file, so that a shard keeps them: how often
/// LlamaGen's codes were used.
public func isOfficialBuffer(_ key: String) -> Bool { key == "quantize.codebook_used" }

/// What is left out on the way into a shard: key/value caches saved by accident, tables that are computed
/// anew (`freqs_cis`, `causal_mask`), the losses of taming's VQGAN with their networks, and the step counters
/// of batch normalisation.
public func isOfficialLeftover(_ key: String) -> Bool {
  let last = key.split(separator: ".").last ?? ""
  return key.contains(".kv_cache.") || key.hasPrefix("loss.")
    || ["freqs_cis", "causal_mask", "num_batches_tracked"].contains(last)
}
