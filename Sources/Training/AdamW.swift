import CKernels
import Communication
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
  let blocks: [OptimizerBlock]
  private let ranks: any Communicator
  /// Indices of the blocks that this rank updates: all where it is alone.
  let own: [Int]
  /// Matrices among them that take orthogonal steps instead.
  private let matrices: [OrthogonalUpdate]
  /// Adds gradients up over ranks, where there are several.
  let exchange: GradientExchange?
  /// Sums of squares of up to `OptimizerBlock.chunk` gradient values, in the parameters' order.
  private var squares: [Double]

  /// - Parameters:
  ///   - decaysEverything: whether decay touches every parameter, as plain PyTorch has it.
  ///   - orthogonalised: names of matrices that take Muon's steps in place of Adam's, with the same rate and decay,
  ///     and how many matrices of equal size each is, one below the other.
  public convenience init(
    parameters: [Parameter], beta1: Float = 0.9, beta2: Float = 0.95, epsilon: Float = 1e-8,
    weightDecay: Float, decaysEverything: Bool = false, orthogonalised: [String: Int] = [:]
  ) {
    self.init(
      parameters: parameters, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: weightDecay,
      decaysEverything: decaysEverything, orthogonalised: orthogonalised, sharing: nil)
  }

  /// - Parameter sharing: the ranks that share the work; nil for this one alone.
  init(
    parameters: [Parameter], beta1: Float, beta2: Float, epsilon: Float = 1e-8, weightDecay: Float,
    decaysEverything: Bool = false, orthogonalised: [String: Int], sharing: Sharing?
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
    for (index, (parameter, moments)) in zip(parameters, moments).enumerated() {
      OptimizerBlock.append(
        to: &blocks, parameter: parameter, at: index, moments: moments,
        decay: parameter.decays || decaysEverything ? weightDecay : 0,
        takesSteps: orthogonalised[parameter.name] == nil)
    }
    ranks = sharing?.ranks ?? Alone()
    if let sharing, !sharing.ranks.isAlone {
      let shares = RankShares(blocks: blocks, parts: sharing.parts)
      own = shares.blocks(of: ranks.rank, among: ranks.count)
      exchange = GradientExchange(
        ranks, shares: shares, blocks: blocks, isPlain: sharing.isPlain, trace: sharing.trace)
    } else {
      own = Array(blocks.indices)
      exchange = nil
    }
    var matrices: [OrthogonalUpdate] = []
    for block in own.map({ blocks[$0] }) where block.startsParameter {
      let (parameter, moments) = (parameters[block.parameter], moments[block.parameter])
      let parts = orthogonalised[parameter.name] ?? 0
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

  /// The ranks that share an optimiser's work.
  struct Sharing {
    let ranks: any Communicator
    /// The parameters whose gradients are complete together, in the sequence in which they come.
    let parts: [Range<Int>]
    /// Whether sums over ranks are left to the library.
    let isPlain: Bool
    let trace: TrainingTrace?
  }

  /// The L2 norm of all gradients together; the order of summation does not depend on threads or ranks.
  public func gradientNorm() -> Double {
    squares.withUnsafeMutableBufferPointer { [blocks, own] squares in
      squares.update(repeating: 0)
      Parallel.forEach(own.count) { blocks[own[$0]].sumSquares(into: squares) }
    }
    // Each sum is zero on all ranks but one, so adding them changes none.
    ranks.add(&squares)
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
    Parallel.forEach(own.count) { index in
      let block = blocks[own[index]]
      guard block.takesSteps else { return }
      ck_adamw(
        block.value, block.gradient, block.first, block.second, block.count, factor, rate, beta1, beta2,
        epsilon, block.decay, c1, c2)
    }
    Parallel.forEach(matrices.count) { matrices[$0].step(rate: rate, factor: factor) }
    exchange?.publish()
    return norm
  }
}
