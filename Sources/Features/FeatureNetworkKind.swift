/// The networks whose features are compared.
public enum FeatureNetworkKind: String, CaseIterable, Sendable {
  case inception, lite0, classifier

  /// The network that has a layer of each of these names; nil if there is none, or no name.
  public init?(ofLayers names: [String]) {
    guard let found = Self.allCases.first(where: { names.allSatisfy($0.has) }), !names.isEmpty else {
      return nil
    }
    self = found
  }

  /// Whether the network has a layer of that name.
  public func has(_ layer: String) -> Bool {
    switch self {
    case .inception: InceptionV3.Layer(named: layer) != nil
    case .lite0: EfficientNetLite0.Layer(named: layer) != nil
    case .classifier: ClassifierFeatureNetwork.has(layer)
    }
  }

  /// How to get its weights, a sentence.
  public var advice: String {
    switch self {
    case .inception: InceptionV3.advice
    case .lite0: "Run data/efficientnet-lite0/fetch and give the file that it makes."
    case .classifier: "Train it with 'score classifier fit' and give the weights shard that it writes."
    }
  }

  /// Loads the network.
  /// - Parameters:
  ///   - path: its weights file.
  ///   - setting: names the place of the path in errors, such as `score.network`.
  ///   - layers: names of its layers, one at least; of a classifier also none, for the one that it has.
  ///   - pipeline: how Inception's input is made.
  /// - Throws: `FeatureFailure` without a file or for weights that do not fit, `FormatError` or `ShardError` for
  ///   a bad file.
  public func load(
    _ path: String, named setting: String, layers: [String], pipeline: InceptionPipeline
  ) throws -> any FeatureNetwork {
    switch self {
    case .inception:
      try InceptionFeatureNetwork(
        at: path, named: setting, layers: layers.compactMap { InceptionV3.Layer(named: $0) },
        pipeline: pipeline)
    case .lite0:
      try Lite0FeatureNetwork(
        at: path, named: setting, layers: layers.compactMap { EfficientNetLite0.Layer(named: $0) })
    case .classifier:
      try ClassifierFeatureNetwork(at: path, named: setting, layers: layers)
    }
  }
}
