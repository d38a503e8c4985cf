import Shards

/// The weights file of the network that a tokenizer's perceptual term looks through.
public struct PerceptualNetworkFile: Sendable {
  public let network: EfficientNetLite0
  /// The file as an input of what is trained with it.
  public let input: Provenance.Input

  /// - Parameters:
  ///   - path: a weights file of EfficientNet-Lite0.
  ///   - setting: names the place of the path in errors, such as `tokenizer.perceptual.network`.
  /// - Throws: `FeatureFailure` without a file or for weights of another network, `FormatError` or `ShardError` for a
  ///   bad file.
  public init(reading path: String, named setting: String) throws {
    let file = try FeatureNetworkFile(
      reading: path, named: setting,
      advice: "Run 'make data', which fetches EfficientNet-Lite0, or set the term's weight to 0.")
    network = try file.network { try EfficientNetLite0(tensors: $0) }
    input = file.input
  }
}
