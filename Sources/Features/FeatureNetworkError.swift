import Files

/// What can be wrong with the weights of a feature network.
public enum FeatureNetworkError: Error, Equatable, CustomStringConvertible {
  /// The weights lack tensors, have others, or have other shapes.
  case wrongNetwork(
    _ network: String, missing: [String], unexpected: [String], misshapen: [String], advice: String)
  /// Weights of the Inception that torchvision trained, whose features are not the field's.
  case torchvisionInception(classifier: [Int], auxiliary: Int)
  /// A convolution has a weight that is not finite once its batch norm is folded in.
  case unusableWeights(layer: String, output: Int, found: Float)

  public var description: String {
    switch self {
    case .wrongNetwork(let network, let missing, let unexpected, let misshapen, let advice):
      "the feature network's weights do not fit \(network): missing \(Self.list(missing)); "
        + "not expected \(Self.list(unexpected)); misshapen \(Self.list(misshapen)). \(advice)"
    case .torchvisionInception(let classifier, let auxiliary):
      "the weights are of torchvision's own Inception (fc.weight \(classifier), \(auxiliary) tensors "
        + "AuxLogits.*), expected those of 2015-12-05 (fc.weight [1008, 2048], none): its distances cannot be "
        + "compared with any FID. \(InceptionV3.advice)"
    case .unusableWeights(let layer, let output, let found):
      "output \(output) of the convolution \(layer) has the value \(found) with its batch norm folded in, "
        + "expected a finite number. Get the weights again."
    }
  }

  private static func list(_ names: [String]) -> String {
    let shown = names.sorted().prefix(8).joined(separator: ", ")
    return names.isEmpty ? "none" : shown + (names.count > 8 ? " and \(names.count - 8) more" : "")
  }
}

/// Why images have no features.
public enum FeatureFailure: StageFailure, Equatable {
  /// There is no file of weights; `place` says where it was looked for, `advice` is a sentence.
  case missingNetwork(place: String, advice: String)
  /// A file of weights that are not the network's.
  case unfitNetwork(path: String, FeatureNetworkError)
  /// A classifier whose features are others than those asked for.
  case unfitClassifier(path: String, expected: String, found: String)
  /// An image whose features hold NaN or infinity.
  case notFinite(image: String, found: Float, space: FeatureSpace)

  public var exitCode: Int32 {
    switch self {
    case .missingNetwork: 66
    case .unfitNetwork, .unfitClassifier, .notFinite: 65
    }
  }

  public var description: String {
    switch self {
    case .missingNetwork(let place, let advice): "There is no feature network: \(place). \(advice)"
    case .unfitNetwork(let path, let error): "\(path): \(error)"
    case .unfitClassifier(let path, let expected, let found):
      "\(path) has the features \(found), expected \(expected). Name them as they are, or give another classifier."
    case .notFinite(let image, let found, let space):
      "\(image) has features that are not finite (\(found)) under \(space). Look at that image and at the weights."
    }
  }
}
