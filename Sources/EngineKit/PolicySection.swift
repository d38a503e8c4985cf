import Models
import StageKit

/// The sizes of an order policy, in the section `policy` of a preset; codes, conditions and grid are those of the model
/// whose orders it learns.
public struct PolicySection: CheckedConfiguration, Sendable {
  public let width: Int
  public let layers: Int
  public let heads: Int
  public let hidden: Int

  public func check(_ rules: inout ConfigurationRules) {
    rules.requirePositive(width, atMost: SizeLimits.width, "width")
    rules.requirePositive(layers, atMost: SizeLimits.layers, "layers")
    rules.requirePositive(heads, atMost: SizeLimits.width, "heads")
    rules.requirePositive(hidden, atMost: SizeLimits.width, "hidden")
    guard !rules.isBroken else { return }
    rules.require(
      width % heads == 0 && width / heads % 4 == 0, "width", "a multiple of 4 times heads (\(heads))", width)
  }

  /// All sizes, for the orders of a model.
  /// - Throws: exit code 78 when such a policy cannot be built.
  public func configuration(
    for model: AnyOrderConfiguration, config: String
  ) throws -> OrderPolicyConfiguration {
    let sizes = OrderPolicyConfiguration(
      width: width, layers: layers, heads: heads, hidden: hidden, for: model)
    if let problem = sizes.problem {
      throw StageError(
        .configuration, "\(config): the section 'policy' cannot be built: \(problem). Change it.")
    }
    return sizes
  }
}
