import Files
import Kernels
import Models
import Shards
import StageKit
import Training
import Weights

extension TrainingSettings: CheckedConfiguration {
  public func check(_ rules: inout ConfigurationRules) {
    for problem in problems { rules.require(false, problem.key, problem.expected, problem.found) }
  }
}

extension ConfigurationRules {
  /// Requires sizes of a transformer to be in range.
  mutating func requireTransformer(width: Int, layers: Int, heads: Int, hidden: Int) {
    requirePositive(width, atMost: SizeLimits.width, "width")
    requirePositive(layers, atMost: SizeLimits.layers, "layers")
    requirePositive(heads, atMost: SizeLimits.width, "heads")
    requirePositive(hidden, atMost: SizeLimits.width, "hidden")
  }

  /// Requires heads, which are in range, to share the width.
  mutating func requireEqualHeads(_ heads: Int, ofWidth width: Int) {
    require(
      width % heads == 0 && width / heads % 4 == 0, "width", "a multiple of 4 times heads (\(heads))", width)
  }
}

/// The `model` section of a preset: sizes that the data do not decide.
public struct ModelSection: CheckedConfiguration, Sendable {
  public let width: Int
  public let layers: Int
  public let heads: Int
  public let hidden: Int
  /// Absent: position tokens.
  public let positions: PositionEncoding?
  /// What images are drawn from; absent: their classes.
  public let condition: ConditionKind?
  /// Elements of a head; absent: the width's share.
  public let headWidth: Int?

  /// What a model is conditioned on.
  public enum ConditionKind: String, Codable, Sendable {
    case classes, captions
  }

  private var isOfTexts: Bool { condition == .captions }

  public func check(_ rules: inout ConfigurationRules) {
    rules.requireTransformer(width: width, layers: layers, heads: heads, hidden: hidden)
    guard !rules.isBroken else { return }
    if isOfTexts {
      rules.require(
        positions ?? .tokens != .tokens, "positions", "double-relative or double-absolute with captions",
        (positions ?? .tokens).rawValue)
    }
    if let headWidth {
      rules.require(isOfTexts, "head_width", "absent unless 'condition' is captions", headWidth)
      rules.requirePositive(headWidth, atMost: SizeLimits.width, "head_width")
      rules.require(headWidth % 4 == 0, "head_width", "a multiple of 4", headWidth)
    } else {
      rules.requireEqualHeads(heads, ofWidth: width)
    }
    guard !rules.isBroken else { return }
    // The data add codes and classes; what they do not decide must be in range by itself.
    let least = AnyOrderConfiguration(
      width: width, layers: layers, heads: heads, headWidth: headWidth, hidden: hidden, codes: 1,
      classes: isOfTexts ? 0 : 1, text: isOfTexts ? TextSizes(vocabulary: 1, length: 1) : nil,
      positions: positions ?? .tokens, gridHeight: 1, gridWidth: 1)
    rules.require(
      least.parameterCount <= SizeLimits.parameters, "width",
      "such that the model has at most \(SizeLimits.parameters) parameters", "\(least.parameterCount)")
  }

  /// All sizes, for the given tokens.
  /// - Throws: exit code 78 when such a model cannot be built, `ShardError.mismatch` for tokens without the captions that it
  ///   is to be of.
  public func configuration(for tokens: TokenFolder, config: String) throws -> AnyOrderConfiguration {
    if isOfTexts, tokens.text == nil {
      throw ShardError.mismatch(
        path: tokens.path, expected: "tokens with captions, since 'model.condition' of \(config) is captions",
        found: "tokens of classes alone")
    }
    let sizes = AnyOrderConfiguration(
      width: width, layers: layers, heads: heads, headWidth: headWidth, hidden: hidden,
      codes: tokens.codebookSize, classes: isOfTexts ? 0 : tokens.classNames.count,
      text: isOfTexts ? tokens.text : nil, positions: positions ?? .tokens, gridHeight: tokens.gridHeight,
      gridWidth: tokens.gridWidth)
    if let problem = sizes.problem {
      throw StageError(
        .configuration, "\(config): the section 'model' cannot be built: \(problem). Change it.")
    }
    return sizes
  }

  /// Checks that a stored model has the sizes of this section.
  /// - Throws: `ShardError.mismatch` naming the model's path.
  public func check(_ file: TransformerFile, path: String, config: String) throws {
    let found = file.model.configuration
    func words(
      _ width: Int, _ layers: Int, _ heads: Int, _ headWidth: Int, _ hidden: Int,
      _ positions: PositionEncoding,
      _ isOfTexts: Bool
    ) -> String {
      "width \(width), \(layers) layers, \(heads) heads"
        + (headWidth == width / max(heads, 1) ? "" : " of \(headWidth)") + " and hidden \(hidden)"
        + (positions == .tokens ? "" : " with positions \(positions.rawValue)")
        + (isOfTexts ? ", of captions" : "")
    }
    let wanted = words(
      width, layers, heads, headWidth ?? width / max(heads, 1), hidden, positions ?? .tokens, isOfTexts)
    let stored = words(
      found.width, found.layers, found.heads, found.headWidth, found.hidden, found.positions,
      found.text != nil)
    guard wanted == stored else {
      throw ShardError.mismatch(path: path, expected: "\(wanted) as \(config) says", found: stored)
    }
  }
}

extension AnyOrderConfiguration {
  /// Requires room for what training certainly takes: weights, gradients and two moments in float32, what a pass keeps of
  /// a batch, and the caches of what is looked at when the model is validated.
  /// - Parameters:
  ///   - heldOut: how many images there are to validate with.
  ///   - ranks: processes that share moments and images.
  /// - Throws: exit code 78.
  public func requireMemoryForTraining(
    _ settings: TrainingSettings, precision: Precision, heldOut: Int, config: String, ranks: Int
  ) throws {
    let batch = settings.batch / (settings.sum == .plain ? ranks : settings.groups ?? 1)
    let groups = settings.sum == .plain ? 1 : (settings.groups ?? 1) / ranks
    // Weights and gradients, this rank's moments, and a sum of gradients that waits on each level of its tree.
    let bytes = 8 + 8 / ranks + 4 * groups.trailingZeroBitCount
    try MemoryRoom.require(
      product: [parameterCount, bytes], subject: "\(config): the section 'model'",
      purpose: "weights, gradients and moments of \(grouped(parameterCount)) parameters",
      advice: "Make the model smaller, or use a machine with more memory.")
    let kept = AnyOrderPass.bytesForTraining(self, batch: batch, precision: precision)
    try MemoryRoom.require(
      product: [bytes * parameterCount + kept],
      subject: "\(config): the model of 'model' and the batch of 'training'",
      purpose: "\(grouped(parameterCount)) parameters and the activations of \(grouped(batch)) images",
      advice: "Make the model or 'training.batch' smaller, or use a machine with more memory.")
    let sequences = TrainingLooks.sequences(settings, heldOut: heldOut)
    guard sequences > 0 else { return }
    let caches = sequences * DecodingSession.bytesPerSequence(self, precision: precision)
    try MemoryRoom.require(
      product: [bytes * parameterCount + kept + caches],
      subject: "\(config): 'training.validate_orders' and 'training.validate_samples'",
      purpose: "the caches of \(sequences) images beside those of training",
      advice: "Lower them, or use a machine with more memory.")
  }
}
