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

extension ChooserFile {
  /// Checks that a teacher or a policy speaks of the same codes, conditions and grid as the model that draws.
  /// - Throws: `ShardError.mismatch` naming its path.
  public func check(for file: TransformerFile, path: String) throws {
    let (own, sizes) = (model.configuration, file.model.configuration)
    guard codebook == file.codebook, own.classes == sizes.classes, own.codes == sizes.codes,
      own.text == sizes.text, textTokenizer == file.textTokenizer, own.gridHeight == sizes.gridHeight,
      own.gridWidth == sizes.gridWidth
    else {
      throw ShardError.mismatch(
        path: path, expected: "\(kind) like the model: \(sizes.words(codebook: file.codebook))",
        found: own.words(codebook: codebook))
    }
    guard classNames.isEmpty || file.classNames.isEmpty || classNames == file.classNames else {
      throw ShardError.mismatch(
        path: path, expected: "\(kind) of the model's classes in their sequence",
        found: "other names or another sequence")
    }
  }
}

extension PolicyFile {
  /// Reads the policy of a model.
  /// - Throws: as `PolicyFile.init(reading:)`, and as `ChooserFile.check(for:path:)`.
  public init(reading path: String, for file: TransformerFile) throws {
    try self.init(reading: path)
    try ChooserFile.policy(self).check(for: file, path: path)
  }
}

extension AnyOrderConfiguration {
  /// What models that work together have in common, in words.
  public func words(codebook: String) -> String {
    "codebook \(codebook) of \(codes) codes, a \(gridHeight)×\(gridWidth) grid and "
      + (text.map { "captions of \($0.length) tokens of \($0.vocabulary)" } ?? "\(classes) classes")
  }
}
