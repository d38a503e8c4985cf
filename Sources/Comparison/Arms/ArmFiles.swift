import EngineKit
import Features
import Shards

/// Features with the files that they came from, for messages.
public struct FeatureFiles {
  let path: String
  let features: LoadedFeatures

  /// - Parameter path: what messages name.
  public init(_ path: String, _ features: LoadedFeatures) {
    self.path = path
    self.features = features
  }

  /// Nil without features.
  public init?(_ paths: [String], _ features: LoadedFeatures?) {
    guard let features else { return nil }
    self.init(paths.first ?? "the features", features)
  }

  /// Content ids of what the features were made from in some role; nil for features that a user supplies,
  /// which do not tell.
  func contentIDs(_ role: String) -> [String]? {
    features.origins.map { origins in
      origins.flatMap { $0.inputs.filter { $0.role == role }.map(\.contentID) }
    }
  }
}

/// The sample shards of one arm and the test tokens it is compared with, by what their provenance says.
///
/// Numbers of files that do not belong together look like any others. So everything that can be told from
/// provenance is compared: which shards features were made from, and which tokenizer is behind codes.
public struct ArmFiles {
  let samples: [(path: String, header: ShardHeader)]
  /// What they hold, by seed.
  let seeds: [SeedSamples]
  /// The test tokens.
  public let tokens: [(path: String, table: TokenTable, header: ShardHeader)]

  /// What the sample shards hold, a table a sampling seed.
  public var tables: [SampleTable] { seeds.map(\.table) }

  /// Reads the shards.
  /// - Throws: `ShardError`: also for samples of different tokenizers, models, grids or classes, for parts of a seed
  ///   that do not belong together, and for tokens that are not of the test split or of different codes.
  public init(samples paths: [String], tokens tokenPaths: [String]) throws {
    (samples, seeds) = try SeedSamples.read(paths)
    tokens = try tokenPaths.map { path in
      let (table, header) = try TokenTable.read(path)
      return (path, table, header)
    }
    if let first = samples.first {
      for other in samples.dropFirst() {
        for role in ["model", "teacher", "tokenizer"]
        where Self.input(role, other.header) != Self.input(role, first.header) {
          throw ShardError.mismatch(
            path: other.path,
            expected:
              "samples by the \(role) \(Self.input(role, first.header) ?? "none") as in \(first.path)",
            found: Self.input(role, other.header) ?? "none")
        }
      }
    }
    if let first = seeds.first {
      for other in seeds.dropFirst() {
        guard other.table.gridHeight == first.table.gridHeight,
          other.table.gridWidth == first.table.gridWidth, other.table.classNames == first.table.classNames
        else {
          throw ShardError.mismatch(
            path: other.path, expected: "the grid and classes of \(first.path)", found: "others")
        }
      }
    }
    for token in tokens {
      try token.table.require(split: "test", path: token.path)
      try token.table.check(belongsWith: tokens[0].table, path: token.path)
    }
  }

  /// Checks that tokens and features are of these samples, of one tokenizer and of the same test images.
  /// - Throws: `ShardError.mismatch` naming the file that does not belong to the others.
  public func check(generated: FeatureFiles?, real: FeatureFiles?, reconstructions: FeatureFiles?) throws {
    if let chosen = seeds.first(where: { $0.table.choice?["classes"] != nil }) {
      throw ShardError.mismatch(
        path: chosen.path, expected: "images of all classes in turn", found: "classes chosen with --class")
    }
    if let drawn = seeds.first(where: { $0.table.edit != nil }) {
      throw ShardError.mismatch(
        path: drawn.path, expected: "generated images",
        found: "completed ones, which 'score editing' measures")
    }
    if let sample = samples.first, let token = tokens.first {
      let tokenizer = try tokenizer()
      guard token.table.codebook == tokenizer else {
        throw ShardError.mismatch(
          path: token.path, expected: "tokens of the tokenizer \(tokenizer) of \(sample.path)",
          found: "tokens of \(token.table.codebook)")
      }
    }
    if let generated { try checkFeatures(generated, decodedAnew: false) }
    if let real { try checkReal(real) }
    if let reconstructions { try checkReconstructions(reconstructions, real: real) }
  }

  /// Checks that features are of exactly these sample shards.
  /// - Parameter decodedAnew: whether they must be of the tokens decoded as a whole, or of the images as they are.
  func checkFeatures(_ files: FeatureFiles, decodedAnew: Bool) throws {
    guard let found = files.contentIDs("samples"), let decoders = files.contentIDs("tokenizer") else {
      return
    }
    guard found == samples.map(\.header.contentID) else {
      throw ShardError.mismatch(
        path: files.path, expected: "features of \(samples.map(\.path).joined(separator: ", "))",
        found: found.isEmpty ? "features of no samples" : "features of other samples")
    }
    guard decoders.isEmpty != decodedAnew else {
      let words = ["features of the images as they are", "features of their tokens decoded anew"]
      throw ShardError.mismatch(
        path: files.path, expected: words[decodedAnew ? 1 : 0], found: words[decodedAnew ? 0 : 1])
    }
  }

  /// The tokenizer that decoded the samples.
  /// - Throws: `ShardError.mismatch` for samples that do not say.
  func tokenizer() throws -> String {
    guard let first = samples.first else { return "" }
    guard let found = Self.input("tokenizer", first.header) else {
      throw ShardError.mismatch(
        path: first.path, expected: "samples whose provenance names their tokenizer", found: "none")
    }
    return found
  }

  private func checkReal(_ files: FeatureFiles) throws {
    let images = files.features.origins?.flatMap { $0.inputs.filter { $0.role == "images" } }
    if let images, images.map(\.name) != ["test"] {
      let names = images.map { "the split '\($0.name)'" }.joined(separator: " and ")
      throw ShardError.mismatch(
        path: files.path, expected: "features of the real test images",
        found: names.isEmpty ? "features of no real images" : "features of \(names)")
    }
    guard !tokens.isEmpty, let ids = files.features.sampleIDs else { return }
    let labels = files.features.labels ?? tokens.flatMap(\.table.labels)
    // A single shard was made from the whole split, whose hash both then have.
    let whole = tokens.count == 1 ? Self.input("images", tokens[0].header) : nil
    guard ids == tokens.flatMap(\.table.sampleIDs), labels == tokens.flatMap(\.table.labels),
      whole == nil || whole == images?.first?.contentID
    else {
      throw ShardError.mismatch(
        path: files.path, expected: "features of the images behind \(tokens[0].path)",
        found: "features of other images")
    }
  }

  private func checkReconstructions(_ files: FeatureFiles, real: FeatureFiles?) throws {
    guard let made = files.contentIDs("tokens"), let decoders = files.contentIDs("tokenizer") else { return }
    let tokenizer = try tokenizer()
    guard !made.isEmpty, decoders == [tokenizer] else {
      throw ShardError.mismatch(
        path: files.path, expected: "reconstructions by the samples' tokenizer \(tokenizer)",
        found: made.isEmpty ? "features of no tokens" : "those by \(decoders.joined(separator: ", "))")
    }
    guard tokens.isEmpty || made == tokens.map(\.header.contentID) else {
      throw ShardError.mismatch(
        path: files.path,
        expected: "reconstructions of \(tokens.map(\.path).joined(separator: ", "))",
        found: "those of other tokens")
    }
    if let labels = files.features.labels, let known = real?.features.labels, labels != known {
      throw ShardError.mismatch(
        path: files.path, expected: "reconstructions of the real images, class by class",
        found: "images of other classes")
    }
  }

  /// Content id of the first input in a role; nil if there is none.
  static func input(_ role: String, _ header: ShardHeader) -> String? {
    header.provenance.inputs.first { $0.role == role }?.contentID
  }
}
