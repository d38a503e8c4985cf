import Models
import Shards
import Weights

extension TransformerFile {
  /// Checks that the model speaks of these tokens: sizes, classes and codebook.
  /// - Throws: `ShardError.mismatch` naming the model's path.
  public func check(tokens: TokenTable, path: String) throws {
    try check(
      codes: tokens.codebookSize, height: tokens.gridHeight, width: tokens.gridWidth,
      classNames: tokens.classNames, codebook: tokens.codebook, path: path)
    try check(
      text: tokens.captions.map { TextSizes(vocabulary: $0.vocabularySize, length: $0.length) },
      by: tokens.captions?.tokenizer, path: path)
  }

  /// The same for the tokens of a folder.
  public func check(tokens: TokenFolder, path: String) throws {
    try check(
      codes: tokens.codebookSize, height: tokens.gridHeight, width: tokens.gridWidth,
      classNames: tokens.classNames, codebook: tokens.codebook, path: path)
    try check(text: tokens.text, by: tokens.textTokenizer, path: path)
  }

  /// A model of texts reads tokens with captions of its own text tokenizer.
  private func check(text: TextSizes?, by tokenizer: String?, path: String) throws {
    guard let own = model.configuration.text else { return }
    func words(_ text: TextSizes?, _ tokenizer: String?) -> String {
      guard let text else { return "tokens without captions" }
      return
        "captions of \(text.length) tokens of \(text.vocabulary) by the text tokenizer \(tokenizer ?? "")"
    }
    guard text == own, tokenizer == textTokenizer else {
      throw ShardError.mismatch(
        path: path, expected: "a model of \(words(text, tokenizer))",
        found: "a model of \(words(own, textTokenizer))")
    }
  }

  private func check(
    codes: Int, height: Int, width: Int, classNames names: [String], codebook: String, path: String
  ) throws {
    let sizes = model.configuration
    let classes = sizes.text == nil ? names.count : 0
    func words(_ codes: Int, _ height: Int, _ width: Int, _ classes: Int) -> String {
      "a model of \(codes) codes, a \(height)×\(width) grid and \(classes) classes"
    }
    guard sizes.codes == codes, sizes.gridHeight == height, sizes.gridWidth == width, sizes.classes == classes
    else {
      throw ShardError.mismatch(
        path: path, expected: words(codes, height, width, classes),
        found: words(sizes.codes, sizes.gridHeight, sizes.gridWidth, sizes.classes))
    }
    guard self.codebook == codebook else {
      throw ShardError.mismatch(
        path: path, expected: "a model of the tokens' codebook \(codebook)",
        found: "codebook \(self.codebook)")
    }
    // Imported models know the number of their classes only.
    guard sizes.text != nil || classNames.isEmpty || classNames == names else {
      let place = zip(classNames, names).enumerated().first { $0.element.0 != $0.element.1 }
      throw ShardError.mismatch(
        path: path,
        expected: "a model of the tokens' classes, class \(place?.offset ?? 0) '\(place?.element.1 ?? "")'",
        found: "'\(place?.element.0 ?? "")'")
    }
  }
}

extension PolicyFile {
  /// Checks that the policy reads what a model draws, and learned that model's orders.
  /// - Throws: `ShardError.mismatch` naming the policy's path.
  public func check(for file: TransformerFile, path: String) throws {
    let (own, other) = (sizes.transformer, file.model.configuration)
    guard codebook == file.codebook, textTokenizer == file.textTokenizer, own.codes == other.codes,
      own.classes == other.classes, own.text == other.text, own.gridHeight == other.gridHeight,
      own.gridWidth == other.gridWidth
    else {
      throw ShardError.mismatch(
        path: path, expected: "a policy like the model: \(other.words(codebook: file.codebook))",
        found: own.words(codebook: codebook))
    }
    guard classNames.isEmpty || file.classNames.isEmpty || classNames == file.classNames else {
      throw ShardError.mismatch(
        path: path, expected: "a policy of the model's classes in their sequence",
        found: "other names or another sequence")
    }
  }
}

extension AnyOrderConfiguration {
  /// What models that work together have in common, in words.
  public func words(codebook: String) -> String {
    "codebook \(codebook) of \(codes) codes, a \(gridHeight)×\(gridWidth) grid and "
      + (text.map { "captions of \($0.length) tokens of \($0.vocabulary)" } ?? "\(classes) classes")
  }
}
