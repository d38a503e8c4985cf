import Files
import Formats
import Models
import Shards
import Weights

/// Weights of another program on their way into a weights shard.
struct OfficialImport {
  /// The table to write.
  let table: WeightsTable
  let model: OfficialModel
  /// Keys that were left out.
  let leftOut: [String]
  /// Tensors of doubles, which were rounded to single precision.
  let rounded: [String]

  /// - Parameters:
  ///   - tensors: of the file, under the names that they have there.
  ///   - metadata: of the file, kept so that `shard export` gives it back.
  ///   - tokenizer: path of the tokenizer's weights shard whose codes a transformer predicts.
  /// - Throws: `FormatError` if the weights are of nothing that is known, or not complete.
  init(
    _ tensors: [StoredTensor], metadata: [String: String], options: OfficialWeights.Options,
    tokenizer: String?, path: String
  ) throws {
    let shapes = Dictionary(tensors.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
    let found =
      try OfficialWeights.recognise(shapes, options, path: path)
      ?? FeatureNetworks.recognise(shapes, path: path)
    guard let model = found else {
      throw FormatError.mismatch(
        path: path,
        expected: "the keys of RandAR, LlamaGen's VQ-16 or VQ-8, taming's VQGAN, FID Inception-v3 or "
          + "EfficientNet-Lite0", found: OfficialWeights.few(shapes.keys))
    }
    self.model = model
    try model.check(
      shapes.filter { !FeatureNetworks.isClassifier($0.key, of: model) }, path: path)
    let kept = tensors.filter {
      model.shapes[$0.name] != nil || FeatureNetworks.isClassifier($0.name, of: model)
        || (isOfficialBuffer($0.name) && $0.type.isFloating)
    }
    if let integers = kept.first(where: { !$0.type.isFloating }) {
      throw FormatError.mismatch(
        path: path, expected: "'\(integers.name)' of F32, F16, BF16 or F64", found: integers.type.rawValue)
    }
    let keptNames = Set(kept.map(\.name))
    leftOut = tensors.map(\.name).filter { !keptNames.contains($0) }.sorted()
    rounded = kept.filter { $0.type == .f64 }.map(\.name)
    var facts: [String: JSONValue] = [
      StoredForm.fact: StoredForm(kept, metadata: metadata).json, "title": .string(model.title),
    ]
    if let sizes = model.transformer {
      facts["codebook"] = .string(
        try tokenizer.map { try Self.codebook(of: $0, for: sizes, path: path) } ?? "")
      facts["class_names"] = []
    } else if tokenizer != nil {
      throw FormatError.mismatch(
        path: path, expected: "a transformer, as --tokenizer says", found: "the weights of \(model.title)")
    }
    table = WeightsTable(
      tensors: kept.map { NamedTensor($0.name, shape: $0.shape, values: $0.floats) },
      model: model.architecture, facts: facts)
  }

  /// Checks that a tokenizer speaks of a transformer's codes and grid, and returns its content id.
  private static func codebook(
    of tokenizer: String, for sizes: AnyOrderConfiguration, path: String
  ) throws -> String {
    let (codes, contentID) = try codebookSize(of: tokenizer)
    guard codes == sizes.codes else {
      throw FormatError.mismatch(
        path: path, expected: "a model of the \(grouped(codes)) codes of \(tokenizer)",
        found: "one of \(grouped(sizes.codes)) codes")
    }
    let model = try ShardHeader.peek(tokenizer).extra["model"]
    if let images = try? model?.decode(ImageTokenizerConfiguration.self),
      images.gridSize != sizes.gridHeight || images.gridSize != sizes.gridWidth
    {
      throw FormatError.mismatch(
        path: path,
        expected: "a grid of \(images.gridSize)x\(images.gridSize) tokens (--grid), as \(tokenizer) makes of "
          + "images of \(images.imageSize)x\(images.imageSize) pixels",
        found: "\(sizes.gridHeight)x\(sizes.gridWidth)")
    }
    return contentID
  }

  /// What a person should know about the import, one line each.
  var notes: [String] {
    var lines: [String] = []
    if !leftOut.isEmpty {
      lines.append(
        "left out \(leftOut.count) tensors that the model does not read: \(Self.families(leftOut))")
    }
    if !rounded.isEmpty {
      lines.append("rounded \(rounded.count) tensors of F64 to F32: \(OfficialWeights.few(rounded))")
    }
    return lines
  }

  /// Keys by their first word, as "loss.* (3), freqs_cis".
  private static func families(_ keys: [String]) -> String {
    let groups = Dictionary(grouping: keys) { $0.split(separator: ".").first.map(String.init) ?? $0 }
    let words = groups.sorted { $0.key < $1.key }.map { first, members in
      members.count == 1 ? members[0] : "\(first).* (\(members.count))"
    }
    return words.prefix(6).joined(separator: ", ") + (words.count > 6 ? ", …" : "")
  }
}
