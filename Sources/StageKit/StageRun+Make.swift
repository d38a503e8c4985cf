import Files
import Shards

/// What a stage made, for its last line and its run record.
public struct MadeOutput: Sendable {
  /// Empty for files without one.
  public let contentID: String
  /// Units of work that it took, for the rate; 0 says nothing of a rate.
  public let count: Int
  /// Their name, such as "images".
  public let unit: String

  public init(contentID: String = "", count: Int, unit: String) {
    self.contentID = contentID
    self.count = count
    self.unit = unit
  }
}

extension StageRun {
  /// Where an output of this stage comes from: all that decides its bytes.
  ///
  /// - Parameters:
  ///   - algorithm: the stage's number in pipeline/algorithms.json.
  ///   - inputs: what it is made from, in the sequence in which the provenance lists it.
  ///   - precision: for stages that run the transformer.
  public func provenance(
    algorithm: Int, configID: String, seed: UInt64 = 0, inputs: [Provenance.Input], precision: String? = nil
  ) -> Provenance {
    Provenance(
      stage: name, algorithm: algorithm, configID: configID, seed: seed, inputs: inputs, precision: precision)
  }

  /// Makes an output unless it is up to date, and says what was made: the way that every stage goes.
  ///
  /// Nothing is read beyond headers before it is known that there is work; then `work` sets up the engine, reads,
  /// computes and writes. On a dry run nothing happens but a line.
  ///
  /// Where several ranks make it together, all of them do `work`, and the first says whether and what was made.
  ///
  /// - Parameters:
  ///   - path: the output, a shard, or a JSON file with a `provenance`.
  ///   - part: the part of its split that a shard must be; nil takes any.
  ///   - work: makes the output with this provenance.
  /// - Throws: `FileError` (exit code 74) where no file can be written, before any work; what `work` throws.
  public func make(
    _ path: String, _ provenance: Provenance, part: ShardPart? = nil, _ work: () throws -> MadeOutput
  ) throws {
    try requireSame(
      "settings and inputs", String(SHA256.hex(Array(provenance.json.text.utf8)).prefix(12)),
      advice: "Give all the same settings and inputs, on a file system that they share.")
    let isWanted = ranks.isFirst ? try mustMake(path, provenance, part: part) : false
    guard ranks.first(isWanted) else { return }
    let made = try work()
    if ranks.isFirst { try wrote(path, made) }
  }
}
