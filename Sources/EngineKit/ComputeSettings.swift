import Kernels
import StageKit

/// The preset's section `compute`: how the transformer computes. Training, extraction, sampling and likelihoods read
/// it; the image tokenizer and the feature network are float32 always.
public struct ComputeSettings: CheckedConfiguration, Sendable {
  public let precision: Precision

  public func check(_ rules: inout ConfigurationRules) {}

  /// Checks that this build computes so on this machine.
  ///
  /// Not part of `check`, because a result that is there already needs nothing computed.
  /// - Parameter config: the configuration's path, for the error.
  /// - Throws: `ConfigurationError.outOfRange` (exit code 78) with the reason.
  public func requireAvailable(config: String) throws {
    guard let reason = precision.unavailableReason else { return }
    throw ConfigurationError.outOfRange(
      path: config, key: "compute.precision", expected: "float32 because \(reason)",
      found: precision.rawValue)
  }
}
