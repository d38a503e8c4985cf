import Files

/// Everything that can be wrong with a shard file, in the order in which a reader looks (pipeline/SHARDS.md
/// §6).
public enum ShardError: StageFailure, Equatable {
  /// Shorter than a preamble, or without its magic; `firstBytes` in hexadecimal.
  case notAShard(path: String, firstBytes: String)
  /// Another major version, an unknown flag, or a schema of the kind that this program does not know.
  case unsupportedVersion(path: String, found: String, supported: String)
  /// The file ends before all promised bytes came out of it.
  case truncated(path: String, expected: Int, found: Int)
  /// Bytes follow the end of the compressed frame.
  case trailingBytes(path: String, count: Int)
  /// A checksum differs: the bytes are not those that were written.
  case corrupt(path: String, what: String)
  /// The bytes are as written, but the writer broke the format.
  case malformed(path: String, what: String)
  /// A sound shard with the wrong meaning: another kind, another grid, an order that is no permutation.
  case mismatch(path: String, expected: String, found: String)
  /// What was to be written breaks the rules that a reader checks; nothing was written.
  case unfit(path: String, expected: String, found: String)

  public var exitCode: Int32 {
    if case .unfit = self { 70 } else { 65 }
  }

  public var description: String {
    switch self {
    case .notAShard(let path, let firstBytes):
      "\(path) is not a shard: expected it to start with 50 2a 4d 18 18 00 00 00 'OARSHARD', "
        + "found \(firstBytes.isEmpty ? "an empty file" : firstBytes). Give a .shard file."
    case .unsupportedVersion(let path, let found, let supported):
      "\(path) has \(found), but this program reads \(supported). "
        + "Update the program, or delete the file and run '\(makeCommand(producing: path))'."
    case .truncated(let path, let expected, let found):
      "\(path) is truncated: expected \(grouped(expected)) bytes, found \(grouped(found)). "
        + Self.rebuild(path)
    case .trailingBytes(let path, let count):
      "\(path) has \(grouped(count)) bytes after its end: expected none. " + Self.rebuild(path)
    case .corrupt(let path, let what):
      "\(path) is damaged: \(what). " + Self.rebuild(path)
    case .malformed(let path, let what):
      "\(path) is malformed: \(what). Whatever wrote it broke the format of pipeline/SHARDS.md; "
        + "write it again with a program that keeps it."
    case .mismatch(let path, let expected, let found):
      "\(path) does not fit: expected \(expected), found \(found). "
        + "Give files of one run, or delete it and run '\(makeCommand(producing: path))'."
    case .unfit(let path, let expected, let found):
      "\(path) was not written: expected \(expected), found \(found). Nothing was changed; look at the inputs "
        + "and settings of this stage, such as a learning rate at which weights grow without bound."
    }
  }

  private static func rebuild(_ path: String) -> String {
    "Delete it and run '\(makeCommand(producing: path))'."
  }
}
