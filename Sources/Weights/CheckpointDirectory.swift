import Files
import Formats
import Foundation
import Shards

/// What a training run was doing at a step, read back from its checkpoint.
public struct Checkpoint<State: Decodable & Sendable>: Sendable {
  public let step: Int
  public let state: State
  /// Identity of the configuration the run was started with; a run of another one must not continue it.
  public let configID: String
  /// The folder with its shards.
  public let path: String
  /// What was saved and verified.
  public let names: Set<String>

  /// Weights, optimiser moments or whatever else was saved under a name. Read one after the other, they need no more
  /// memory than the largest.
  /// - Throws: `FormatError.malformed` when nothing was saved under that name, `ShardError`.
  public func table(_ name: String) throws -> WeightsTable {
    guard names.contains(name) else {
      throw FormatError.malformed(path: path, what: "it lacks '\(name)'")
    }
    return try WeightsTable(reading: "\(path)/\(name).shard")
  }
}

/// The folder in which a training stage keeps its checkpoints.
///
///     checkpoints/step-00001000/weights.shard, optimizer.shard, state.json
///
/// A checkpoint is written into a dot folder and renamed, so that a step's folder is complete or absent. The
/// last two are kept: should the newest turn out to be damaged, the one before it still serves.
public struct CheckpointDirectory: Sendable {
  public let path: String
  private static let kept = 2

  public init(_ path: String) { self.path = path }

  /// Writes a checkpoint and removes those before the last two.
  ///
  /// - Parameters:
  ///   - step: training steps completed.
  ///   - shards: tables by file name without extension, such as `weights` and `optimizer`.
  ///   - state: everything else that continuing needs.
  ///   - others: called when the folder is there, where other processes add tables of their own to it (`add`); gives their
  ///     content ids by name when all are written.
  /// - Throws: `FileError.io`; the earlier checkpoints are untouched then.
  public func save(
    step: Int, shards: [String: WeightsTable], state: some Encodable, provenance: Provenance,
    others: () throws -> [String: String] = { [:] }
  ) throws {
    let final = folder(step)
    let partial = partialFolder(step)
    removePartial()
    try createFolder(partial)
    do {
      var contentIDs: [String: JSONValue] = [:]
      for (name, table) in shards.sorted(by: { $0.key < $1.key }) {
        contentIDs[name] = .string(try table.write(to: "\(partial)/\(name).shard", provenance: provenance))
      }
      for (name, contentID) in try others() { contentIDs[name] = .string(contentID) }
      let record: JSONValue = [
        "step": .integer(step), "stage": .string(provenance.stage), "config_id": .string(provenance.configID),
        "shards": .object(contentIDs),
        "state": try JSONValue(encoding: state),
      ]
      try writeAtomically(Array((record.prettyText + "\n").utf8), to: partial + "/state.json")
      // A folder of this step can only be one that was found damaged or was written twice; the new one
      // replaces it.
      remove(final)
      guard rename(partial, final) == 0 else {
        throw FileError.io(path: final, operation: "write", code: errno)
      }
      try syncFolder(path)
    } catch {
      remove(partial)
      throw error
    }
    for old in steps.dropLast(Self.kept) { remove(folder(old)) }
  }

  /// Adds a table to the checkpoint that another process is about to save.
  /// - Returns: its content id.
  /// - Throws: `FileError.io`.
  public func add(_ name: String, _ table: WeightsTable, step: Int, provenance: Provenance) throws -> String {
    try table.write(to: "\(partialFolder(step))/\(name).shard", provenance: provenance)
  }

  /// The newest checkpoint whose files all verify, or nil if there is none.
  ///
  /// - Parameter onDamage: called with a sentence for each newer one that had to be passed over.
  public func latest<State: Decodable & Sendable>(
    _ type: State.Type = State.self, onDamage: (String) -> Void = { _ in }
  ) -> Checkpoint<State>? {
    for step in steps.reversed() {
      do { return try read(step, type) } catch { onDamage("Passing over \(folder(step)): \(error)") }
    }
    return nil
  }

  /// Steps that have a checkpoint, ascending.
  public var steps: [Int] {
    names(in: path).compactMap { name in
      guard name.hasPrefix("step-"), let step = Int(name.dropFirst(5)), self.name(step) == name else {
        return nil
      }
      return step
    }.sorted()
  }

  /// Which stage wrote the newest checkpoint; nil without one, or if it does not say.
  public var stage: String? {
    guard let step = steps.last, let bytes = try? fileBytes(folder(step) + "/state.json") else { return nil }
    return try? JSONValue(parsing: bytes)["stage"]?.string
  }

  /// Removes all checkpoints, once the result is published or a run starts afresh.
  public func removeAll() {
    removePartial()
    for step in steps { remove(folder(step)) }
  }

  /// The checkpoint of a step.
  /// - Throws: `FormatError`, `ShardError` where it is not whole.
  public func read<State: Decodable & Sendable>(_ step: Int, _ type: State.Type = State.self) throws
    -> Checkpoint<State>
  {
    let file = folder(step) + "/state.json"
    func malformed(_ what: String) -> FormatError { .malformed(path: file, what: what) }
    let record: JSONValue
    do { record = try JSONValue(parsing: try fileBytes(file)) } catch let error as JSONSyntaxError {
      throw malformed("it is not JSON, \(error)")
    }
    guard record["step"]?.int == step, let configID = record["config_id"]?.string,
      let contentIDs = record["shards"]?.object, let encoded = record["state"]
    else { throw malformed("it lacks step \(step), config_id, shards or state") }
    for (name, contentID) in contentIDs {
      let path = "\(folder(step))/\(name).shard"
      let found = try WeightsTable.read(path).header.contentID
      guard contentID.string == found else {
        throw FormatError.mismatch(
          path: path, expected: "content \(contentID.string ?? contentID.text)", found: found)
      }
    }
    let state: State
    do { state = try encoded.decode(type) } catch {
      throw malformed("its state is that of another program version (\(error))")
    }
    return Checkpoint(
      step: step, state: state, configID: configID, path: folder(step), names: Set(contentIDs.keys))
  }

  private func name(_ step: Int) -> String { String(format: "step-%08d", step) }
  private func folder(_ step: Int) -> String { path + "/" + name(step) }
  private func partialFolder(_ step: Int) -> String { path + "/." + name(step) + ".tmp" }

  /// Removes what a killed process left half-written.
  private func removePartial() {
    for name in names(in: path) where name.hasPrefix(".step-") && name.hasSuffix(".tmp") {
      remove(path + "/" + name)
    }
  }

  private func remove(_ folder: String) { try? FileManager.default.removeItem(atPath: folder) }
}
