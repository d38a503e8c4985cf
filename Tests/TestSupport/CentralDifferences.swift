import Kernels
import Randomness
import Testing

/// Compares a gradient with central differences at a few elements: (L(v + h) − L(v − h)) / 2h with h = 0.01.
///
/// - Parameters:
///   - value: what the loss depends on; restored afterwards.
///   - gradient: what the backward pass says.
///   - tolerance: relative to the largest element of the gradient. Gradients that are zero but for rounding, such as
///     those of a bias before a norm, are compared with what rounding leaves of the differences, 1e-4.
public func expectDifferencesMatch(
  _ name: String, _ value: Tensor, gradient: Tensor, tolerance: Float = 1e-2,
  sourceLocation: SourceLocation = #_sourceLocation, loss: () -> Double
) {
  let scale = gradient.values.map(abs).max() ?? 0
  #expect(scale > 0, "\(name) has no gradient", sourceLocation: sourceLocation)
  var stream = RandomStream(seed: 8, purpose: "test.differences")
  for _ in 0..<min(16, value.count) {
    let index = stream.below(value.count)
    let original = value[index]
    value[index] = original + 1e-2
    let above = loss()
    value[index] = original - 1e-2
    let below = loss()
    value[index] = original
    let expected = Float((above - below) / 2e-2)
    #expect(
      abs(gradient[index] - expected) <= max(tolerance * scale, 1e-4),
      "\(name)[\(index)]: \(gradient[index]) but differences give \(expected)", sourceLocation: sourceLocation
    )
  }
}

/// Normal values of a fixed seed in a tensor.
public func randomTensor(_ shape: [Int], seed: UInt64, deviation: Double = 1) -> Tensor {
  var stream = RandomStream(seed: seed, purpose: "test.tensor")
  return Tensor(shape, values: stream.normals(shape.reduce(1, *), deviation: deviation))
}

/// Σ aᵢ·bᵢ: a loss whose gradient with respect to a is b.
public func dot(_ a: Tensor, _ b: Tensor) -> Double {
  zip(a.values, b.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}
