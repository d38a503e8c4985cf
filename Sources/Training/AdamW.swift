import CKernels
import Foundation
import Kernels
import Layers

/// AdamW with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch computes it.
///
/// m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², p ← p(1 − rate·decay) − rate · (m/c₁) / (√(v/c₂) + ε) with
/// cᵢ = 1 − βᵢᵗ. Decay touches only parameters that say so (`Parameter.decays`). A step reads memory twice, once for
/// the norm and once for the update, on all threads in blocks of fixed size, and allocates nothing.
public final class AdamW {
  public let parameters: [Parameter]
  public let beta1: Float
  public let beta2: Float
  public let epsilon: Float
  public let weightDecay: Float
  /// Steps taken so far.
  public var stepCount = 0
  /// First and second moments, one pair a parameter, in the parameters' order; all first moments lie in one
  /// contiguous tensor, all second in another, as values and gradients do in a `ParameterArena`.
  public let moments: [(first: Tensor, second: Tensor)]
  private let blocks: [OptimizerBlock]
  /// Matrices that take orthogonal steps instead.
  private let matrices: [OrthogonalUpdate]
  /// Sums of squares of up to `OptimizerBlock.chunk` gradient values, in the parameters' order.
  private var squares: [Double]

  /// - Parameters:
  ///   - decaysEverything: whether decay touches every parameter, as plain PyTorch has it.
  ///   - orthogonalised: names of matrices that take Muon's steps in place of Adam's, with the same rate and decay,
  ///     and how many matrices of equal size each is, one below the other.
  public init(
    parameters: [Parameter], beta1: Float = 0.9, beta2: Float = 0.95, epsilon: Float = 1e-8,
    weightDecay: Float, decaysEverything: Bool = false, orthogonalised: [String: Int] = [:]
  ) {
    self.parameters = parameters
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    let layout = ArenaLayout(counts: parameters.map(\.count))
    let shapes = parameters.map(\.shape)
    moments = zip(layout.zeros(shapes: shapes).views, layout.zeros(shapes: shapes).views)
      .map { (first: $0, second: $1) }
    var blocks: [OptimizerBlock] = []
    var matrices: [OrthogonalUpdate] = []
    for (parameter, moments) in zip(parameters, moments) {
      let parts = orthogonalised[parameter.name] ?? 0
      OptimizerBlock.append(
        to: &blocks, parameter: parameter, moments: moments,
        decay: parameter.decays || decaysEverything ? weightDecay : 0, takesSteps: parts == 0)
      for part in 0..<parts {
        let rows = parameter.shape[0] / parts
        matrices.append(
          OrthogonalUpdate(
            parameter, rows: part * rows..<(part + 1) * rows, momentum: moments.first, decay: weightDecay))
      }
    }
    self.blocks = blocks
    self.matrices = matrices
    squares = [Double](repeating: 0, count: blocks.last?.squares.upperBound ?? 0)
  }

  /// The L2 norm of all gradients together; the order of summation does not depend on the threads.
  public func gradientNorm() -> Double {
    squares.withUnsafeMutableBufferPointer { [blocks] squares in
      Parallel.forEach(blocks.count) { blocks[$0].sumSquares(into: squares) }
    }
    var (total, ofParameter) = (0.0, 0.0)
    for block in blocks {
      if block.startsParameter {
        total += ofParameter
        ofParameter = 0
      }
      for index in block.squares { ofParameter += squares[index] }
    }
    return (total + ofParameter).squareRoot()
  }

  /// One update with gradients scaled down to the given global norm; returns the norm before clipping.
  ///
  /// The gradients are zero afterwards, ready for the next step to add to.
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
    Parallel.forEach(blocks.count) { index in
      let block = blocks[index]
      guard block.takesSteps else { return }
      ck_adamw(
        block.value, block.gradient, block.first, block.second, block.count, factor, rate, beta1, beta2,
        epsilon, block.decay, c1, c2)
    }
    Parallel.forEach(matrices.count) { matrices[$0].step(rate: rate, factor: factor) }
    return norm
  }
}
