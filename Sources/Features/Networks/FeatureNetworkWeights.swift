import Kernels

/// Named tensors of a feature network, checked as a whole against what the network reads.
struct FeatureNetworkWeights {
  /// One dense or convolutional layer with batch norm folded in.
  struct Layer: Sendable {
    let weight: Tensor
    let bias: Tensor
  }

  private let tensors: [String: (shape: [Int], values: [Float])]

  /// - Parameters:
  ///   - tensors: what the file holds.
  ///   - expected: the shape of every tensor that the network reads.
  ///   - optional: prefixes of tensors that may be present and are not read.
  ///   - network: what messages call the network.
  ///   - advice: a sentence that says how to get its weights.
  /// - Throws: `FeatureNetworkError.wrongNetwork` listing all names that are missing, unexpected or of another shape.
  init(
    _ tensors: [String: (shape: [Int], values: [Float])], expected: [String: [Int]], optional: [String],
    network: String, advice: String
  ) throws {
    let missing = expected.keys.filter { tensors[$0] == nil }
    let unexpected = tensors.keys.filter { name in
      expected[name] == nil && !optional.contains { name.hasPrefix($0) }
    }
    let misshapen = expected.compactMap { name, shape -> String? in
      guard let found = tensors[name], found.shape != shape || found.values.count != shape.reduce(1, *)
      else { return nil }
      return "\(name) \(found.shape) instead of \(shape)"
    }
    guard missing.isEmpty, unexpected.isEmpty, misshapen.isEmpty else {
      throw FeatureNetworkError.wrongNetwork(
        network, missing: missing, unexpected: unexpected, misshapen: misshapen, advice: advice)
    }
    self.tensors = tensors
  }

  /// The values of a tensor; it was checked to be there.
  func values(_ name: String) -> [Float] { tensors[name]?.values ?? [] }

  /// The layer `name`; its tensors were checked to be there.
  func layer(_ name: String) -> Layer {
    func tensor(_ part: String) -> Tensor {
      let found = tensors["\(name).\(part)"] ?? ([0], [])
      return Tensor(found.shape, values: found.values)
    }
    return Layer(weight: tensor("weight"), bias: tensor("bias"))
  }
}
