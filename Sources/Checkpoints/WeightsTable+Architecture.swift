import Shards

extension WeightsTable {
  /// The sizes of the model that the weights belong to.
  ///
  /// - Parameters:
  ///   - type: what the shard must say it holds.
  ///   - description: that type in words, for the message.
  /// - Throws: `CheckpointError.mismatch` for another type of model, `.malformed` when a size is missing.
  func architecture<Sizes: Decodable>(
    ofType type: String, described description: String, path: String
  ) throws -> Sizes {
    let found = model["type"]?.string ?? "nothing"
    guard found == type else {
      throw CheckpointError.mismatch(
        path: path, expected: "the weights of \(description)", found: "those of a model of type '\(found)'")
    }
    do { return try model.decode() } catch {
      throw CheckpointError.malformed(path: path, what: "its model lacks a size (\(error))")
    }
  }
}
