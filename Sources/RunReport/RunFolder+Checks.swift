import Comparison
import Files
import Foundation
import Shards

extension RunFolder {
  /// Checks that the folder holds something of a run and that its scores are results of this run.
  ///
  /// A score names by content what it was measured on. Where the run still has these files, they must be the
  /// same ones.
  /// - Throws: `FileError.missing` for a folder without anything to report, `.mismatch` for a file that is no
  ///   score or one of another run.
  public func checkScores() throws {
    let parts = ["samples", "orders", "tokens", "features", "editing"]
      .filter { FileManager.default.fileExists(atPath: "\(path)/\($0)") }
    guard
      !settings.isMissing || !scores.isEmpty || !likelihoods.isEmpty || !parts.isEmpty
        || !folders(with: "model.shard").isEmpty
    else { throw FileError.missing(path: "\(path)/config/settings.json") }
    for (arm, score) in scores.sorted(by: { $0.key < $1.key }) {
      let file = "\(path)/scores/\(arm).json"
      try Self.requireOwn(score, key: "arm", file)
      guard score.record.arm == arm else {
        throw ShardError.mismatch(
          path: file, expected: "the score of the arm '\(arm)'", found: "that of '\(score.record.arm)'")
      }
      try Self.require(
        score.provenance.inputs.filter { $0.role == "samples" }, kind: .samples,
        in: "\(path)/samples/\(arm)", file)
    }
    for (model, likelihood) in likelihoods.sorted(by: { $0.key < $1.key }) {
      let file = "\(path)/scores/likelihood-\(model).json"
      try Self.requireOwn(likelihood, key: "bits_per_token", file)
      let weights = "\(path)/\(model)/model.shard"
      guard FileManager.default.fileExists(atPath: weights) else { continue }
      let own = try ShardHeader.peek(weights).contentID
      guard likelihood.inputs("model").first == own else {
        throw ShardError.mismatch(
          path: file, expected: "the likelihood of \(weights)", found: "that of another model")
      }
    }
    for (arm, sentences) in try sentences().sorted(by: { $0.key < $1.key }) {
      let file = "\(path)/sentences/\(arm).json"
      try Self.requireOwn(sentences, key: "sentence_accuracy", file)
      try Self.require(
        sentences.provenance.inputs.filter { $0.role == "samples" }, kind: .samples,
        in: "\(path)/samples/\(arm)", file)
    }
    guard let edits = try editing() else { return }
    let file = "\(path)/editing/scores.json"
    try Self.requireOwn(edits, key: "edits", file)
    for folder in Set(edits.provenance.inputs.map(\.role)).sorted() {
      try Self.require(
        edits.provenance.inputs.filter {
          $0.role == folder && ShardName.parse($0.name)?.prefix == "samples"
        },
        kind: .samples, in: "\(path)/editing/\(folder)", file)
    }
  }

  /// Checks that `score` made a record.
  private static func requireOwn<Record>(_ found: Published<Record>, key: String, _ file: String) throws {
    guard found.provenance.stage == Published<Record>.stage else {
      throw ShardError.mismatch(
        path: file, expected: "a result of 'score' with '\(key)' and its provenance",
        found: "one of '\(found.provenance.stage)'")
    }
  }

  /// Checks that the shards of a folder are those that a score was measured on; without them nothing can be
  /// told.
  private static func require(
    _ inputs: [Provenance.Input], kind: ShardKind, in folder: String, _ file: String
  ) throws {
    guard let shards = try? ShardName.list(folder, kind: kind), !inputs.isEmpty else { return }
    let own = try shards.map { try ShardHeader.peek($0).contentID }
    guard own == inputs.map(\.contentID) else {
      throw ShardError.mismatch(
        path: file, expected: "a score of the shards in \(folder)", found: "that of others")
    }
  }
}
