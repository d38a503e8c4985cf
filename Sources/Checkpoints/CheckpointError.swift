import Foundation
import Shards

/// What can be wrong with weights and other arrays from outside, and with training checkpoints.
public enum CheckpointError: StageFailure, Equatable {
  /// There is no such file.
  case missing(path: String)
  /// The file breaks its format.
  case malformed(path: String, what: String)
  /// The file keeps its format but uses a part of it that this program does not read.
  case unsupported(path: String, what: String)
  /// The file's tensors are not those of the model, which `of` names: all differences at once.
  case keys(
    path: String, of: String = "the model", missing: [String], unexpected: [String], misshapen: [String])
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
    case .keys(let path, let model, let missing, let unexpected, let misshapen):
      "\(path) holds other weights than those of \(model): "
        + [("missing", missing), ("unexpected", unexpected), ("of another shape", misshapen)]
        .filter { !$0.1.isEmpty }.map { "\($0.1.count) \($0.0) (\(Self.few($0.1)))" }.joined(separator: ", ")
        + ". Give the weights of this architecture, or change the configuration to theirs."
    }
  }

  private static func few(_ names: [String]) -> String {
    names.prefix(6).joined(separator: ", ") + (names.count > 6 ? ", …" : "")
  }
}
