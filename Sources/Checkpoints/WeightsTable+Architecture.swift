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
      throw CheckpointError.malformed(path: path, what: "its model lacks a size or has a wrong one: \(error)")
    }
  }

  /// Refuses an architecture of absurdly more parameters than the tensors that are there, before any is made.
  ///
  /// What is missing by less than that is told key by key, by whoever loads the tensors.
  /// - Throws: `CheckpointError.mismatch`.
  func require(parameters: Int, path: String) throws {
    let present = tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
    try requireParameters(parameters, present: present, path: path)
  }
}

/// The same for tensors of which only the shapes are known.
func requireParameters(_ parameters: Int, present: Int, path: String) throws {
  guard 4 * parameters <= Expansion.limit(4 * present) else {
    throw CheckpointError.mismatch(
      path: path, expected: "the \(grouped(parameters)) numbers of the model that it describes",
      found: "\(grouped(present))")
  }
}
