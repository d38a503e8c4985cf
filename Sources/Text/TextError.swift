import Files

/// What can be wrong with the file of a text tokenizer, or with a prompt.
public enum TextError: StageFailure, Equatable {
  /// Not what it should be: no JSON, a missing entry, a merge of unknown symbols.
  case malformed(path: String, what: String)
  /// A sound tokenizer of a kind that this program does not compute.
  case unsupported(path: String, key: String, expected: String, found: String)
  /// A prompt without a letter.
  case emptyPrompt

  public var exitCode: Int32 {
    switch self {
    case .malformed, .unsupported: 65
    case .emptyPrompt: 64
    }
  }

  public var description: String {
    switch self {
    case .malformed(let path, let what):
      "\(path) is no text tokenizer that can be used: \(what). Export it again, or give another file."
    case .unsupported(let path, let key, let expected, let found):
      "\(path) is a text tokenizer of another kind: '\(key)' must be \(expected), found \(found). "
        + "pipeline/method/text.md says what is read; give such a file, or train one."
    case .emptyPrompt:
      "The prompt is empty: expected a sentence, found nothing but white space. Say what the image is to show."
    }
  }
}

/// What contradicts the rules of a text tokenizer, in words that follow a colon.
struct TextTokenizerProblem: Error, Equatable {
  let what: String
}
