import Comparison
import Files
import Foundation
import Shards
import StageKit

/// What a run's folder holds, as far as a report shows it. Everything may be missing but the folder itself.
public struct RunFolder {
  /// Where it is.
  public let path: String
  /// All settings, `config/settings.json`.
  public let settings: RunSettings
  /// Its models in the sequence in which they are shown, `config/models.json`; none without it.
  let models: [RunModel]
  /// Scores by arm.
  public let scores: [String: Published<ArmRecord>]
  /// Likelihoods by model.
  public let likelihoods: [String: Published<LikelihoodRecord>]

  /// - Throws: `FileError.missing` without the folder, `.malformed` for a score that is not JSON.
  public init(_ path: String) throws {
    guard isFolder(path) else {
      throw FileError.missing(path: path)
    }
    self.path = path
    let settings = "\(path)/config/settings.json"
    self.settings = RunSettings(json: exists(settings) ? try JSONValue(reading: settings) : .null)
    models = try RunModel.all(of: path)
    var scores = [String: Published<ArmRecord>]()
    var likelihoods = [String: Published<LikelihoodRecord>]()
    for file in Self.names("\(path)/scores") where file.hasSuffix(".json") && !file.hasSuffix(".run.json") {
      let stem = String(file.dropLast(".json".count))
      let score = "\(path)/scores/\(file)"
      if stem.hasPrefix("likelihood-") {
        likelihoods[String(stem.dropFirst("likelihood-".count))] = try Published(
          reading: score, key: "bits_per_token")
      } else {
        scores[stem] = try Published(reading: score, key: "arm")
      }
    }
    self.scores = scores
    self.likelihoods = likelihoods
  }

  /// The run's name: its folder without the path to it.
  var name: String { URL(filePath: path).lastPathComponent }

  /// Files and folders, sorted; none where there is no folder.
  static func names(_ folder: String) -> [String] {
    Files.names(in: folder).filter { !$0.hasPrefix(".") }
  }

  /// The score of completed images; nil without it.
  /// - Throws: as `Published.init(reading:key:)`.
  func editing() throws -> Published<EditingRecord>? {
    let file = "\(path)/editing/scores.json"
    return exists(file) ? try Published(reading: file, key: "edits") : nil
  }

  /// How often images of an arm show what their sentences say, by arm; empty where nobody asked.
  /// - Throws: as `Published.init(reading:key:)`.
  func sentences() throws -> [String: Published<SentencesRecord>] {
    let names = Self.names("\(path)/sentences").filter {
      $0.hasSuffix(".json") && !$0.hasSuffix(".run.json")
    }
    return Dictionary(
      uniqueKeysWithValues: try names.map {
        (
          String($0.dropLast(".json".count)),
          try Published(reading: "\(path)/sentences/\($0)", key: "sentence_accuracy")
        )
      })
  }

  /// Folders of the run that hold a file of this name, such as the models that have a `model.shard`.
  func folders(with file: String) -> [String] {
    Self.names(path).filter { FileManager.default.fileExists(atPath: "\(path)/\($0)/\(file)") }
  }

  /// The first shard of a kind in a folder, or nil.
  static func firstShard(_ folder: String, kind: ShardKind) -> String? {
    (try? ShardName.list(folder, kind: kind))?.first
  }

  /// The samples of the first seed in a folder, or nil.
  /// - Throws: `ShardError` for damaged shards, or parts that do not belong together.
  static func firstSeed(_ folder: String) throws -> SampleTable? {
    guard let paths = try? ShardName.list(folder, kind: .samples), let first = paths.first else { return nil }
    let shards = try ShardHeader.peek(first).extra["part"]?["count"]?.int ?? 1
    return try SeedSamples.read(Array(paths.prefix(max(shards, 1)))).seeds.first?.table
  }

  /// The entries of a training log, by step: free-form, since every trainer notes numbers of its own.
  func log(of folder: String) -> [JSONValue] {
    guard let bytes = try? ReadableFile.bytes(of: "\(path)/\(folder)/metrics.jsonl") else { return [] }
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONValue(parsing: Array($0)) }
  }

  /// All run records below the folder with their outputs' paths inside the run, sorted.
  func records() -> [(output: String, record: RunRecord)] {
    guard let enumerator = FileManager.default.enumerator(atPath: path) else { return [] }
    let files = enumerator.compactMap { $0 as? String }.filter { $0.hasSuffix(".run.json") }.sorted()
    return files.compactMap { file in
      guard let record = try? JSONValue(reading: "\(path)/\(file)").record(RunRecord.self) else { return nil }
      let folder = URL(filePath: file).deletingLastPathComponent().relativePath
      return (folder == "." ? record.output : "\(folder)/\(record.output)", record)
    }
  }
}
