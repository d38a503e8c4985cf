import Foundation

/// Everything that can be wrong with a shard file, in the order in which a reader looks (pipeline/SHARDS.md
/// §6).
public enum ShardError: StageFailure, Equatable {
  /// There is no such file.
  case missing(path: String)
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
  /// The operating system refused; `code` is `errno`.
  case io(path: String, operation: String, code: Int32)
  /// A pipe, a socket or a device where a regular file should be.
  case special(path: String, found: String)
  /// A file larger than anything that is read whole.
  case oversized(path: String, found: Int, limit: Int)

  public var exitCode: Int32 {
    switch self {
    case .missing: 66
    case .io, .special: 74
    case .unfit: 70
    default: 65
    }
  }

  public var description: String {
    switch self {
    case .missing(let path):
      path.isEmpty
        ? "'' is no path: it is empty. Give the path of a file."
        : "\(path) does not exist. Run '\(Self.command(making: path))' to produce it, or correct the path."
    case .notAShard(let path, let firstBytes):
      "\(path) is not a shard: expected it to start with 50 2a 4d 18 18 00 00 00 'OARSHARD', "
        + "found \(firstBytes.isEmpty ? "an empty file" : firstBytes). Give a .shard file."
    case .unsupportedVersion(let path, let found, let supported):
      "\(path) has \(found), but this program reads \(supported). "
        + "Update the program, or delete the file and run '\(Self.command(making: path))'."
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
        + "Give files of one run, or delete it and run '\(Self.command(making: path))'."
    case .unfit(let path, let expected, let found):
      "\(path) was not written: expected \(expected), found \(found). Nothing was changed; look at the inputs "
        + "and settings of this stage, such as a learning rate at which weights grow without bound."
    case .io(let path, let operation, let code):
      "Cannot \(operation) \(path.isEmpty ? "''" : path): \(SystemMessage.reason(code)). \(SystemMessage.advice(code))"
    case .special(let path, let found):
      "\(path) is \(found), expected a regular file. Write what it gives to a file first, or correct the path."
    case .oversized(let path, let found, let limit):
      "\(path) has \(grouped(found)) bytes, expected at most \(grouped(limit)). Correct the path."
    }
  }

  private static func rebuild(_ path: String) -> String {
    "Delete it and run '\(command(making: path))'."
  }

  /// The command that makes a file of a run folder, told from its name and its folder.
  private static func command(making path: String) -> String {
    let parts = path.split(separator: "/")
    if let name = parts.last {
      if name.hasPrefix("tokens-") { return "make tokens" }
      if name.hasPrefix("orders-") { return "make orders" }
    }
    return "make all"
  }
}

/// A count with commas between its thousands: 66560 becomes "66,560".
public func grouped(_ value: Int) -> String {
  let digits = String(value.magnitude)
  var result = ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
    result.append(digit)
  }
  return value < 0 ? "-" + result : result
}
