/// The names and shapes of the network's weights, as in `pt_inception-2015-12-05-6726825d.pth`.
extension InceptionV3 {
  /// The shape of every tensor that the network reads, by name: of a convolution U `U.conv.weight` (outputs,
  /// inputs, height, width) and `U.bn.{weight,bias,running_mean,running_var}`, and the classifier `fc`.
  public static var tensorShapes: [String: [Int]] {
    var result = ["fc.weight": [classes, featureCount], "fc.bias": [classes]]
    for (shape, _) in shapes.flatMap(\.convolutions) {
      result["\(shape.name).conv.weight"] = [
        shape.outputs, shape.inputs, shape.kernel.height, shape.kernel.width,
      ]
      for part in ["weight", "bias", "running_mean", "running_var"] {
        result["\(shape.name).bn.\(part)"] = [shape.outputs]
      }
    }
    return result
  }

  /// Counters that the official file holds beside the weights and that nothing reads.
  public static var optionalNames: [String] {
    shapes.flatMap(\.convolutions).map { "\($0.shape.name).bn.num_batches_tracked" }
  }

  /// How to get the weights.
  public static let advice =
    "Take the official pt_inception-2015-12-05-6726825d.pth, or its tensors in another file under the same names."

  /// Checks every name and shape.
  ///
  /// - Throws: `FeatureNetworkError.torchvisionInception` for the network that torchvision trained itself,
  ///   `FeatureNetworkError.wrongNetwork` naming what is missing, unexpected or misshapen.
  static func checked(
    _ tensors: [String: (shape: [Int], values: [Float])]
  ) throws -> FeatureNetworkWeights {
    let auxiliary = tensors.keys.filter { $0.hasPrefix("AuxLogits.") }.count
    let classifier = tensors["fc.weight"]?.shape ?? []
    if auxiliary > 0 || classifier == [1000, featureCount] {
      throw FeatureNetworkError.torchvisionInception(classifier: classifier, auxiliary: auxiliary)
    }
    return try FeatureNetworkWeights(
      tensors, expected: tensorShapes, optional: optionalNames, network: "Inception of 2015-12-05",
      advice: advice)
  }
}
