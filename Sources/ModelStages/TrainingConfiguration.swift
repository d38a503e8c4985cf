import Checkpoints
import Models
import Shards
import StageKit
import Training

extension TrainingSettings: CheckedConfiguration {
  public func check(_ rules: inout ConfigurationRules) {
    for problem in problems { rules.require(false, problem.key, problem.expected, problem.found) }
  }
}

/// The `model` section of a preset: sizes that the data do not decide.
public struct ModelSection: CheckedConfiguration, Sendable {
  public let width: Int
  public let layers: Int
  public let heads: Int
  public let hidden: Int

  public func check(_ rules: inout ConfigurationRules) {
    rules.requirePositive(width, "width")
    rules.requirePositive(layers, "layers")
    rules.requirePositive(heads, "heads")
    rules.requirePositive(hidden, "hidden")
    guard heads > 0 else { return }
    rules.require(
      width % heads == 0 && width / heads % 4 == 0, "width", "a multiple of 4 times heads (\(heads))", width)
  }

  /// All sizes, for the given tokens.
  public func configuration(for tokens: TokenFolder) -> AnyOrderConfiguration {
    AnyOrderConfiguration(
      width: width, layers: layers, heads: heads, hidden: hidden, codes: tokens.codebookSize,
      classes: tokens.classNames.count, gridHeight: tokens.gridHeight, gridWidth: tokens.gridWidth)
  }

  /// Checks that a stored model has the sizes of this section.
  /// - Throws: `ShardError.mismatch` naming the model's path.
  public func check(_ file: TransformerFile, path: String, config: String) throws {
    let found = file.model.configuration
    func words(_ width: Int, _ layers: Int, _ heads: Int, _ hidden: Int) -> String {
      "width \(width), \(layers) layers, \(heads) heads and hidden \(hidden)"
    }
    guard found.width == width, found.layers == layers, found.heads == heads, found.hidden == hidden else {
      throw ShardError.mismatch(
        path: path, expected: "\(words(width, layers, heads, hidden)) as \(config) says",
        found: words(found.width, found.layers, found.heads, found.hidden))
    }
  }
}
