import Kernels

/// The last projection of a branch, whose result is added to the residual stream: y = x·Wᵀ, or with a layer scale
/// (Touvron et al. 2021; pipeline/method/text-to-image.md §2) y = s ∘ (x·Wᵀ + b).
public struct BranchProjection: Sendable {
  public let linear: Linear
  /// s (outputs).
  public let scale: Parameter?
  public var parameters: [Parameter] { linear.parameters + (scale.map { [$0] } ?? []) }

  /// A projection without bias and scale.
  public init(_ linear: Linear) {
    self.linear = linear
    scale = nil
  }

  /// A scaled one, which starts at `initialScale` everywhere.
  public init(_ linear: Linear, scale name: String, initialScale: Float) {
    self.linear = linear
    scale = Parameter(name, shape: [linear.outputs], initialValue: initialScale)
  }
}

/// A projection with its scale folded into weight and bias: y = x·(diag(s)·W)ᵀ + s∘b, one product and no more.
///
/// With G the gradient of the folded weight and g that of the folded bias: ∂L/∂W = diag(s)·G, ∂L/∂b = s∘g and
/// ∂L/∂s = rowsum(W∘G) + b∘g. Whoever runs a pass has folded projections of its own.
public struct FoldedProjection: Sendable {
  /// What is multiplied with and what gets the gradient; the projection's own layer where there is no scale.
  public let linear: Linear
  private let projection: BranchProjection

  public init(_ projection: BranchProjection) {
    self.projection = projection
    if projection.scale == nil {
      linear = projection.linear
    } else {
      linear = Linear(
        weight: Parameter("folded.weight", shape: projection.linear.weight.shape),
        bias: projection.linear.bias.map { Parameter("folded.bias", shape: $0.shape) })
      fold()
    }
  }

  /// Whether there is anything to fold.
  public var isScaled: Bool { projection.scale != nil }

  /// s∘b (outputs), where there is a bias.
  public var bias: UnsafePointer<Float>? { linear.bias.map { UnsafePointer($0.value.pointer) } }

  /// Takes over what the parameters are now.
  public func fold() {
    guard let scale = projection.scale?.value else { return }
    let (weight, folded) = (projection.linear.weight.value, linear.weight.value)
    for row in 0..<weight.rows {
      let (source, target, factor) = (weight.row(row), folded.row(row), scale.pointer[row])
      for index in 0..<weight.columns { target[index] = factor * source[index] }
    }
    guard let bias = projection.linear.bias?.value, let foldedBias = linear.bias?.value else { return }
    for row in 0..<bias.count { foldedBias.pointer[row] = scale.pointer[row] * bias.pointer[row] }
  }

  /// Adds the gradients of what was folded to those of the parameters, and begins anew with zeros.
  public func unfoldGradients() {
    guard let scale = projection.scale else { return }
    let (weight, folded) = (projection.linear.weight, linear.weight.gradient)
    for row in 0..<folded.rows {
      let (values, gradient) = (weight.value.row(row), weight.gradient.row(row))
      let (source, factor) = (folded.row(row), scale.value.pointer[row])
      var sum: Float = 0
      for index in 0..<folded.columns {
        sum += values[index] * source[index]
        gradient[index] += factor * source[index]
      }
      scale.gradient.pointer[row] += sum
    }
    folded.fill(0)
    guard let bias = projection.linear.bias, let foldedBias = linear.bias?.gradient else { return }
    for row in 0..<foldedBias.count {
      scale.gradient.pointer[row] += bias.value.pointer[row] * foldedBias.pointer[row]
      bias.gradient.pointer[row] += scale.value.pointer[row] * foldedBias.pointer[row]
    }
    foldedBias.fill(0)
  }
}
