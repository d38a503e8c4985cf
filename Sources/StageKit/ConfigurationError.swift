import Files

/// What can be wrong with a configuration file. Keys are given by their full path, such as `training.beta1`.
public enum ConfigurationError: StageFailure, Equatable {
  case missing(path: String)
  case notJSON(path: String, what: String)
  /// `unknown` names keys of the same section that nobody asked for: often the misspelt ones.
  case missingKey(path: String, key: String, unknown: [String])
  case unknownKey(path: String, key: String, known: [String])
  case wrongType(path: String, key: String, expected: String, found: String)
  case outOfRange(path: String, key: String, expected: String, found: String)
  /// The file asks for another version of the algorithm than this program computes.
  case algorithm(path: String, expected: Int, found: Int)

  public var exitCode: Int32 {
    switch self {
    case .missing: StageExit.missingInput.rawValue
    default: StageExit.configuration.rawValue
    }
  }

  public var description: String {
    switch self {
    case .missing(let path):
      "\(path) does not exist. 'make' writes it from a preset; give another file with --config."
    case .notJSON(let path, let what):
      "\(path) is not JSON: \(what). Correct it, or delete it and let 'make' write it from the preset."
    case .missingKey(let path, let key, let unknown):
      "\(path) lacks the key '\(key)'"
        + (unknown.isEmpty ? "" : ", but has \(Self.list(unknown)), which nothing reads")
        + ". Settings have no defaults: add it to the preset (pipeline/PRESETS.md explains each key)."
    case .unknownKey(let path, let key, let known):
      "\(path) has the unknown key '\(key)'; known here: \(known.joined(separator: ", ")). "
        + "Remove it from the preset or correct its spelling."
    case .wrongType(let path, let key, let expected, let found):
      "\(path): '\(key)' must be \(expected), found \(found). Correct it in the preset or in SET."
    case .outOfRange(let path, let key, let expected, let found):
      "\(path): '\(key)' must be \(expected), found \(found). Correct it in the preset or in SET."
    case .algorithm(let path, let expected, let found):
      "\(path) asks for algorithm \(found), but this program computes algorithm \(expected). "
        + "Run 'make build', and 'make' again."
    }
  }

  private static func list(_ keys: [String]) -> String { keys.map { "'\($0)'" }.joined(separator: ", ") }
}
