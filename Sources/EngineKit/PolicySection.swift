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
    rules.requireTransformer(width: width, layers: layers, heads: heads, hidden: hidden)
    guard !rules.isBroken else { return }
    rules.requireEqualHeads(heads, ofWidth: width)
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
