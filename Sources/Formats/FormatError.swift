import Files

/// What can be wrong with files of other programs, and with the checkpoints of a training.
public enum FormatError: StageFailure, Equatable {
  /// There is no such file.
  case missing(path: String)
  /// The file breaks its format.
  case malformed(path: String, what: String)
  /// The file keeps its format but uses a part of it that this program does not read.
  case unsupported(path: String, what: String)
  /// The file ends before all promised bytes; `expected` is how many it needs at least.
  case truncated(path: String, expected: Int, found: Int)
  /// Packed bytes or a checksum are wrong.
  case damaged(path: String, detail: String)
  /// The arrays are sound but do not fit what they are to be used for.
  case mismatch(path: String, expected: String, found: String)

  public var exitCode: Int32 { if case .missing = self { 66 } else { 65 } }

  public var description: String {
    switch self {
    case .missing(let path): "\(path) does not exist. Correct the path."
    case .malformed(let path, let what): "\(path) is malformed: \(what). Fetch or write it again."
    case .unsupported(let path, let what): "\(path) cannot be read: \(what)."
    case .mismatch(let path, let expected, let found):
      "\(path) does not fit: expected \(expected), found \(found). Give files that belong together."
    case .truncated(let path, let expected, let found):
      "\(path) is truncated: expected at least \(expected) bytes, found \(found). Copy or export it again."
    case .damaged(let path, let detail): "\(path) is damaged: \(detail). Copy or export it again."
    }
  }
}
