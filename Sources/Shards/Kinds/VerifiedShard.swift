extension ShardHeader {
  /// Reads a shard with all the checks of its kind: what `shard verify` says is sound.
  ///
  /// - Parameter weights: further checks of a model's tensors, where a caller knows architectures.
  /// - Throws: `ShardError`, and what `weights` throws.
  public static func verified(
    _ path: String, weights: (WeightsTable) throws -> Void = { _ in }
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
    }
  }
}
