import Files
import Foundation
import Shards

/// What a run's folder holds, as far as a report shows it. Everything may be missing but the folder itself.
public struct RunFolder {
  /// Where it is.
  public let path: String
  /// All settings, `config/settings.json`; null without it.
  public let settings: JSONValue
  /// Its models in the sequence in which they are shown, `config/models.json`; none without it.
  let models: [RunModel]
  /// Scores by arm.
  public let scores: [String: JSONValue]
  /// Likelihoods by model.
  public let likelihoods: [String: JSONValue]

  /// - Throws: `FileError.missing` without the folder, `.malformed` for a score that is not JSON.
  public init(_ path: String) throws {
    guard isFolder(path) else {
      throw FileError.missing(path: path)
    }
    self.path = path
    settings = try Self.json("\(path)/config/settings.json") ?? .null
    models = try RunModel.all(of: path)
    var scores = [String: JSONValue]()
    var likelihoods = [String: JSONValue]()
    for file in Self.names("\(path)/scores") where file.hasSuffix(".json") && !file.hasSuffix(".run.json") {
      let stem = String(file.dropLast(".json".count))
      guard let value = try Self.json("\(path)/scores/\(file)") else { continue }
      if stem.hasPrefix("likelihood-") {
        likelihoods[String(stem.dropFirst("likelihood-".count))] = value
      } else {
        scores[stem] = value
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

  static func json(_ path: String) throws -> JSONValue? {
    guard exists(path) else { return nil }
    do { return try JSONValue(parsing: try ReadableFile.bytes(of: path)) } catch let error as any StageFailure
    {
      throw error
    } catch { throw ShardError.malformed(path: path, what: "it is not JSON, \(error)") }
  }

  /// Folders of the run that hold a file of this name, such as the models that have a `model.shard`.
  func folders(with file: String) -> [String] {
    Self.names(path).filter { FileManager.default.fileExists(atPath: "\(path)/\($0)/\(file)") }
  }

  /// The first shard of a kind in a folder, or nil.
  static func firstShard(_ folder: String, kind: ShardKind) -> String? {
    (try? ShardName.list(folder, kind: kind))?.first
  }

  /// The entries of a training log, by step.
  func log(of folder: String) -> [JSONValue] {
    guard let bytes = try? ReadableFile.bytes(of: "\(path)/\(folder)/metrics.jsonl") else { return [] }
    return bytes.split(separator: UInt8(ascii: "\n")).compactMap { try? JSONValue(parsing: Array($0)) }
  }

  /// All run records below the folder with their outputs' paths inside the run, sorted.
  func records() -> [(output: String, record: JSONValue)] {
    guard let enumerator = FileManager.default.enumerator(atPath: path) else { return [] }
    let files = enumerator.compactMap { $0 as? String }.filter { $0.hasSuffix(".run.json") }.sorted()
    return files.compactMap { file in
      guard let record = try? Self.json("\(path)/\(file)") else { return nil }
      let folder = URL(filePath: file).deletingLastPathComponent().relativePath
      let output = record["output"]?.string ?? file
      return (folder == "." ? output : "\(folder)/\(output)", record)
    }
  }
}
