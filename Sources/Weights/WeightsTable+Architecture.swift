import Files
import Formats
import Models
import Shards

extension WeightsTable {
  /// Checks that the tensors are those of the transformer, image tokenizer or classifier that the table names; tables
  /// of other models pass.
  ///
  /// Sizes are told from the tensors' shapes and compared: nothing is allocated for sizes that a header claims.
  /// - Throws: `FormatError` for sizes that are missing, cannot be built or disagree with the tensors, and for
  ///   tensors that are missing or not the model's.
  public func checkTrainable(path: String) throws {
    let shapes = Dictionary(tensors.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
    switch model["type"]?.string {
    case AnyOrderConfiguration.storedType:
      let sizes = try sizes(as: AnyOrderConfiguration.self, path: path)
      let found = try OfficialWeights.transformer(
        shapes, heads: sizes.heads, grid: (sizes.gridHeight, sizes.gridWidth), path: path)
      guard found == sizes else { throw disagreement(sizes, found, path) }
      try OfficialModel(sizes).check(shapes, path: path)
    case ImageTokenizerConfiguration.storedType:
      let sizes = try sizes(as: ImageTokenizerConfiguration.self, path: path)
      let found = try OfficialWeights.tokenizer(
        shapes, imageSize: sizes.imageSize, groups: sizes.groups, path: path)
      guard found.channels == sizes.channels, found.multipliers == sizes.multipliers,
        found.residualBlocks == sizes.residualBlocks, found.latentChannels == sizes.latentChannels,
        found.codes == sizes.codes, found.codeWidth == sizes.codeWidth, found.encoder == sizes.encoder,
        found.imageChannels == sizes.imageChannels, found.keys == sizes.keys,
        sizes.encoder == .convolutional || found.patchWidth == sizes.patchWidth
      else { throw disagreement(sizes, found, path) }
      try OfficialModel(sizes).check(shapes, path: path)
    case ImageClassifierConfiguration.storedType:
      let sizes = try sizes(as: ImageClassifierConfiguration.self, path: path)
      try require(parameters: sizes.parameterCount, path: path)
      try OfficialWeights.check(shapes, against: sizes.parameterShapes, path: path) { _ in false }
    case OrderPolicyConfiguration.storedType:
      let sizes = try sizes(as: OrderPolicyConfiguration.self, path: path)
      try require(parameters: sizes.transformer.parameterCount, path: path)
      let expected = sizes.transformer.parameterShapes.map { (name: $0.key, shape: $0.value) }.sorted {
        $0.name < $1.name
      }
      try OfficialWeights.check(shapes, against: expected, path: path) { _ in false }
    default: return
    }
  }

  private func disagreement(_ said: some Encodable, _ found: some Encodable, _ path: String)
    -> FormatError
  {
    func text(_ sizes: some Encodable) -> String { (try? JSONValue(encoding: sizes).text) ?? "" }
    return .mismatch(
      path: path, expected: "tensors of the sizes \(text(said)) that 'extra.model' says",
      found: "those of \(text(found))")
  }

  /// The sizes of the model that the weights belong to.
  ///
  /// - Throws: `FormatError.mismatch` for another type of model, `.malformed` for sizes that are missing or cannot be
  ///   built.
  func sizes<Sizes: StoredSizes>(as _: Sizes.Type, path: String) throws -> Sizes {
    let found = model["type"]?.string ?? "nothing"
    guard found == Sizes.storedType else {
      throw FormatError.mismatch(
        path: path, expected: "the weights of \(Sizes.description)",
        found: "those of a model of type '\(found)'")
    }
    let sizes: Sizes
    do { sizes = try model.decode() } catch {
      throw FormatError.malformed(path: path, what: "its model lacks a size or has a wrong one: \(error)")
    }
    if let problem = sizes.problem { throw FormatError.malformed(path: path, what: problem) }
    return sizes
  }

  /// Refuses an architecture of absurdly more parameters than the tensors that are there, before any is made.
  ///
  /// What is missing by less than that is told key by key, by whoever loads the tensors.
  /// - Throws: `FormatError.mismatch`.
  func require(parameters: Int, path: String) throws {
    let present = tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
    try requireParameters(parameters, present: present, path: path)
  }
}

/// The same for tensors of which only the shapes are known.
func requireParameters(_ parameters: Int, present: Int, path: String) throws {
  guard 4 * parameters <= Expansion.limit(4 * present) else {
    throw FormatError.mismatch(
      path: path, expected: "the \(grouped(parameters)) numbers of the model that it describes",
      found: "\(grouped(present))")
  }
}
