import Kernels

/// A trained weight under its official key name, with its gradient.
///
/// `backward` functions add to `gradient`; one place per step sets it to zero.
public final class Parameter: @unchecked Sendable {
  /// The key in official checkpoints and in weights shards, such as `layers.0.attention.wqkv.weight`.
  public let name: String
  public let value: Tensor
  /// ∂L/∂value, allocated on first use so that inference does not pay for it.
  public private(set) lazy var gradient = Tensor(value.shape)
  /// Whether decoupled weight decay applies: tensors with two or more extents (spec/class-conditional §1.8).
  public var decays: Bool { value.shape.count >= 2 }

  public init(_ name: String, _ value: Tensor) {
    self.name = name
    self.value = value
  }

  /// A parameter of zeros.
  public convenience init(_ name: String, shape: [Int]) { self.init(name, Tensor(shape)) }
}
