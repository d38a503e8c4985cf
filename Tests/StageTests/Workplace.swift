import Files
import Foundation
import Shards
import TestSupport
import Testing

/// A folder with the project's Makefile and pipeline, in which tests run make and the built binaries.
struct Workplace {
  let folder: TemporaryFolder

  /// The project's folder.
  static let project = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// The folder of the built binaries: where the test program itself was built.
  static let binaries: String = {
    let own = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path
    return FileManager.default.isExecutableFile(atPath: own + "/tokenize") ? own : project + "/.build/release"
  }()

  init() throws {
    folder = try TemporaryFolder()
    let files = FileManager.default
    for name in ["Makefile", "pipeline"] {
      try files.copyItem(atPath: Self.project + "/" + name, toPath: folder.file(name))
    }
    try files.createDirectory(atPath: folder.file("data"), withIntermediateDirectories: false)
    for set in try files.contentsOfDirectory(atPath: Self.project + "/data") {
      var isFolder: ObjCBool = false
      guard files.fileExists(atPath: "\(Self.project)/data/\(set)", isDirectory: &isFolder),
        isFolder.boolValue
      else {
        continue
      }
      try files.createDirectory(atPath: folder.file("data/" + set), withIntermediateDirectories: false)
      for name in try files.contentsOfDirectory(atPath: "\(Self.project)/data/\(set)") {
        let (own, copy) = ("\(Self.project)/data/\(set)/\(name)", folder.file("data/\(set)/\(name)"))
        let kind = try files.attributesOfItem(atPath: own)
        // What was fetched may be large, and is linked.
        if kind[.type] as? FileAttributeType == .typeDirectory || (kind[.size] as? Int ?? 0) > 1 << 20 {
          try files.createSymbolicLink(atPath: copy, withDestinationPath: own)
        } else {
          try files.copyItem(atPath: own, toPath: copy)
        }
      }
    }
  }

  var path: String { folder.path }

  /// The path of something below this folder.
  func file(_ name: String) -> String { folder.file(name) }

  /// The words of a call of make with the built binaries.
  func makeWords(_ arguments: [String]) -> [String] { ["make", "BIN=" + Self.binaries] + arguments }

  /// Runs make.
  func make(_ arguments: String...) throws -> Command.Result {
    try Command.run(makeWords(arguments), in: path)
  }

  /// Runs make and expects it to succeed.
  @discardableResult
  func made(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws
    -> Command.Result
  {
    let result = try Command.run(makeWords(arguments), in: path)
    #expect(
      result.code == 0, "make \(arguments): \(result.text.suffix(4000))", sourceLocation: sourceLocation)
    return result
  }

  /// Runs a stage's binary in this folder.
  func stage(_ arguments: String..., environment: [String: String] = [:]) throws -> Command.Result {
    var words = arguments
    words[0] = Self.binaries + "/" + words[0]
    return try Command.run(words, in: path, environment: environment)
  }

  /// Makes the settings of the smoke preset in work/smoke, without running a stage.
  func settings(_ arguments: String...) throws {
    let result = try Command.run(makeWords(["list-orders", "PRESET=smoke"] + arguments), in: path)
    try #require(result.code == 0, "\(result.text)")
  }

  /// The results below a folder, by name: the content ids of shards and the hashes of scores. What differs
  /// between equal runs (run records, locks, checkpoints, the settings' own notes) is left out.
  func results(_ run: String = "work/smoke") throws -> [String: String] {
    var found: [String: String] = [:]
    let root = file(run)
    for case let name as String in FileManager.default.enumerator(atPath: root) ?? .init() {
      guard !name.contains("checkpoints/"), !name.hasPrefix("config/"), !name.hasPrefix("stale/") else {
        continue
      }
      if name.hasSuffix(".shard") {
        found[name] = try ShardHeader.read(root + "/" + name).contentID
      } else if name.hasSuffix(".json"), !name.hasSuffix(".run.json") {
        found[name] = SHA256.hex(try bytes(run + "/" + name))
      }
    }
    return found
  }

  /// All bytes of a file.
  func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: file(name)))) }

  /// Runs a program that has to refuse its command line with one sentence, and to leave no output behind.
  func expectRefusal(_ words: [String], _ code: Int32, _ sentence: String) throws {
    let result = try Command.run(
      [Self.binaries + "/" + words[0]] + words.dropFirst() + ["--out", "out/x.shard"], in: path)
    #expect(
      result.code == code && result.error.contains(sentence), "\(words): \(result.code) \(result.error)")
    #expect(!exists("out/x.shard"))
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

  func remove(_ name: String) throws { try FileManager.default.removeItem(atPath: file(name)) }

  /// Flips one bit in the middle of a file.
  func damage(_ name: String) throws {
    var content = try bytes(name)
    content[content.count / 2] ^= 4
    try Data(content).write(to: URL(filePath: file(name)))
  }
}
