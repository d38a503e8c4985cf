import Checkpoints
import Shards

extension TransformerFile {
  /// Checks that the model speaks of these tokens: sizes, classes and codebook.
  /// - Throws: `ShardError.mismatch` naming the model's path.
  public func check(tokens: TokenTable, path: String) throws {
    try check(
      codes: tokens.codebookSize, height: tokens.gridHeight, width: tokens.gridWidth,
      classes: tokens.classNames.count, codebook: tokens.codebook, path: path)
  }

  /// The same for the tokens of a folder.
  public func check(tokens: TokenFolder, path: String) throws {
    try check(
      codes: tokens.codebookSize, height: tokens.gridHeight, width: tokens.gridWidth,
      classes: tokens.classNames.count, codebook: tokens.codebook, path: path)
  }

  private func check(
    codes: Int, height: Int, width: Int, classes: Int, codebook: String, path: String
  ) throws {
    let sizes = model.configuration
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
  }
}
