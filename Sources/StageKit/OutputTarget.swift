import Files
import Foundation
import Shards

/// A file that a stage is asked to write, looked at before anything is computed.
///
/// A stage replaces what it finds under the name of its output. So the name must not be one of the inputs, and
/// what lies there must be something that the stage could have written: its own earlier result, or nothing.
public struct OutputTarget {
  /// What is to be written, and so what may be replaced.
  public enum Content {
    /// A shard of this kind, made by this stage; of that place in its split, or a single file.
    case shard(ShardKind, part: ShardPart? = nil)
    /// A JSON result of this stage with a provenance and this key.
    case json(key: String)
    /// The page of a report.
    case page
    /// Files of other programs, which cannot tell who made them: any file of that format is taken.
    case safetensors, png, npz, tokenizer
  }

  let path: String
  let option: String
  let content: Content
  let stage: String

  /// - Parameters:
  ///   - option: what the path was given by, for messages.
  ///   - stage: the name that the provenance of its results has.
  public init(_ path: String, option: String = "--out", _ content: Content, stage: String) {
    self.path = path
    self.option = option
    self.content = content
    self.stage = stage
  }

  /// Checks that the target may be written.
  ///
  /// - Parameter inputs: paths that the stage reads; absent ones and nil are passed over.
  /// - Throws: exit code 64 for a target that is an input, a file that the stage does not make, or a name that
  ///   says something else; `FileError.io` for one that is no regular file.
  public func check(inputs: [String?]) throws {
    guard !path.isEmpty else { throw StageError(.usage, "\(option) is empty: expected the path of a file.") }
    for target in [path, RunRecord.path(for: path)] {
      guard let identity = FileIdentity(target) else { continue }
      if let input = inputs.compactMap({ $0 }).first(where: { FileIdentity($0) == identity }) {
        throw StageError(.usage, "\(target) is the input \(input). Give another \(option).")
      }
    }
    if case .shard(let kind, let part) = content,
      let problem = ShardName.contradiction(of: path, kind, part ?? .whole)
    {
      throw refused("has the name of another shard: expected \(problem.expected), found \(problem.found)")
    }
    guard let identity = FileIdentity(path) else { return }
    guard identity.isRegular else {
      throw FileError.io(path: path, operation: "replace", code: identity.isFolder ? EISDIR : EEXIST)
    }
    // An empty file, such as mktemp makes, holds nothing that could be lost.
    guard identity.size > 0 else { return }
    if let expected = try contradicted() {
      throw refused("exists and is not \(expected)")
    }
  }

  private func refused(_ what: String) -> StageError {
    StageError(.usage, "\(path) \(what). Give another \(option), or delete that file first.")
  }

  /// What the file should be and is not, in words; nil if it is.
  private func contradicted() throws -> String? {
    switch content {
    case .shard(let kind, _): return shardProblem(kind)
    case .json(let key):
      let value = try? JSONValue(parsing: ReadableFile.bytes(of: path))
      let isOwn = value?[key] != nil && value?["provenance"]?["stage"]?.string == stage
      return isOwn ? nil : "a result of this command (JSON with a provenance of \(stage) and '\(key)')"
    case .page:
      let bytes = try ReadableFile.bytes(of: path)
      let text = String(decoding: bytes.prefix(4096), as: UTF8.self)
      // Pages from before they named their generator end with a sentence that does.
      let end = String(decoding: bytes.suffix(1024), as: UTF8.self)
      let isOwn =
        text.contains(#"<meta name="generator" content="OrderedAR""#)
        || (text.hasPrefix("<!DOCTYPE html>") && end.contains("Made by <code>score report</code>"))
      return isOwn ? nil : "the page of a report"
    case .safetensors:
      let bytes = try beginning(9)
      return bytes.count == 9 && bytes[8] == UInt8(ascii: "{") ? nil : "a safetensors file"
    case .png:
      return try beginning(8) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] ? nil : "a PNG file"
    case .tokenizer:
      let value = try? JSONValue(parsing: ReadableFile.bytes(of: path))
      return value?["model"]?["vocab"] != nil ? nil : "a tokenizer.json"
    case .npz:
      // A zip file whose first entry, named from byte 30 on, is an array.
      let bytes = try beginning(256)
      let length = bytes.count > 27 ? Int(bytes[26]) | Int(bytes[27]) << 8 : 0
      let name = String(decoding: bytes.dropFirst(30).prefix(length), as: UTF8.self)
      return bytes.starts(with: Array("PK".utf8)) && name.hasSuffix(".npy") ? nil : "an .npz file"
    }
  }

  private func beginning(_ count: Int) throws -> [UInt8] { try ReadableFile(path).read(count) }

  /// A damaged shard, whose header cannot be read any more, may be replaced.
  private func shardProblem(_ kind: ShardKind) -> String? {
    let expected = "a shard of \(kind.rawValue) made by \(stage)"
    do {
      let header = try ShardHeader.peek(path)
      return header.kind == kind && header.provenance.stage == stage ? nil : expected
    } catch ShardError.notAShard { return expected } catch { return nil }
  }
}

extension StageRun {
  /// Checks a target of this stage; see `OutputTarget.check(inputs:)`.
  public func check(
    _ path: String, option: String = "--out", _ content: OutputTarget.Content, inputs: [String?]
  ) throws {
    try OutputTarget(path, option: option, content, stage: name).check(inputs: inputs)
  }
}

/// Which file a path leads to, through links.
struct FileIdentity: Equatable {
  let device: UInt64
  let number: UInt64
  let size: Int
  let isRegular: Bool
  let isFolder: Bool

  /// Nil if nothing is there.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
    size = Int(status.st_size)
    isRegular = status.st_mode & S_IFMT == S_IFREG
    isFolder = status.st_mode & S_IFMT == S_IFDIR
  }
}
