import CKernels
import Foundation
import Kernels
import Layers

/// AdamW with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch computes it.
///
/// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², p ← p(1 − rate·decay) − rate · (m/c₁) / (√(v/c₂) + ε) with
/// cᵢ = 1 − βᵢᵗ. Decay touches only parameters that say so (`Parameter.decays`). Values are updated on all threads
/// in blocks of fixed size.
public final class AdamW {
  public let parameters: [Parameter]
  public let beta1: Float
  public let beta2: Float
  public let epsilon: Float
  public let weightDecay: Float
  /// Steps taken so far.
  public var stepCount = 0
  /// First and second moments, one pair a parameter, in the parameters' order.
  public let moments: [(first: Tensor, second: Tensor)]

  public init(
    parameters: [Parameter], beta1: Float = 0.9, beta2: Float = 0.95, epsilon: Float = 1e-8,
    weightDecay: Float
  ) {
    self.parameters = parameters
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    moments = parameters.map { (Tensor($0.value.shape), Tensor($0.value.shape)) }
  }

  public func zeroGradients() {
    for parameter in parameters { parameter.gradient.fill(0) }
  }

  /// The L2 norm of all gradients together.
  public func gradientNorm() -> Double {
    var squares = [Double](repeating: 0, count: parameters.count)
    squares.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      let slots = Slots(base: base)
      Parallel.forEach(parameters.count) { slots.base[$0] = sumOfSquares(parameters[$0].gradient) }
    }
    return squares.reduce(0, +).squareRoot()
  }

  /// One update with gradients scaled down to the given global norm; returns the norm before clipping.
  /// - Parameter clip: the largest global L2 norm, or 0 for no clipping.
  @discardableResult
  public func step(rate: Float, clip: Float) -> Double {
    let norm = gradientNorm()
    // PyTorch's clip_grad_norm_ adds 1e-6 to the norm.
    let factor = clip > 0 ? Float(min(Double(clip) / (norm + 1e-6), 1)) : 1
    stepCount += 1
    let power1 = pow(Double(beta1), Double(stepCount))
    let power2 = pow(Double(beta2), Double(stepCount))
    let (c1, c2) = (Float(1 - power1), Float(1 - power2))
    var blocks: [(parameter: Int, start: Int, count: Int)] = []
    for (index, parameter) in parameters.enumerated() {
      for start in stride(from: 0, to: parameter.value.count, by: 1 << 16) {
        blocks.append((index, start, min(1 << 16, parameter.value.count - start)))
      }
    }
    Parallel.forEach(blocks.count) { block in
      let (index, start, count) = blocks[block]
      let parameter = parameters[index]
      ck_adamw(
        parameter.value.pointer + start, parameter.gradient.pointer + start,
        moments[index].first.pointer + start,
        moments[index].second.pointer + start, count, factor, rate, beta1, beta2, epsilon,
        parameter.decays ? weightDecay : 0, c1, c2)
    }
    return norm
  }
}

private struct Slots: @unchecked Sendable {
  let base: UnsafeMutablePointer<Double>
}
