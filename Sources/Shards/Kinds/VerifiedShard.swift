extension ShardHeader {
  /// Reads a shard with all the checks of its kind: what `shard verify` says is sound.
  ///
  /// - Parameters:
  ///   - weights: further checks of a model's tensors, where a caller knows architectures.
  ///   - tokenizer: further checks of a text tokenizer, where a caller can build it.
  /// - Throws: `ShardError`, and what the further checks throw.
  public static func verified(
    _ path: String, weights: (WeightsTable) throws -> Void = { _ in },
    tokenizer: (TextTokenizerTable) throws -> Void = { _ in }
  ) throws -> ShardHeader {
    switch try peek(path).kind {
    case .tokens: return try TokenTable.read(path).header
    case .orders: return try OrderTable.read(path).header
    case .samples: return try SampleTable.read(path).header
    case .features: return try FeatureTable.read(path).header
    case .weights:
      let (table, header) = try WeightsTable.read(path)
      try weights(table)
      return header
    case .texts: return try TextTable.read(path).header
    case .progress: return try ProgressTable.read(path).header
    case .staticOrders: return try StaticOrderTable.read(path).header
    case .textTokenizer:
      let (table, header) = try TextTokenizerTable.read(path)
      try tokenizer(table)
      return header
    }
  }
}
