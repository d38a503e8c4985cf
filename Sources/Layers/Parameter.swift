import Kernels
import Synchronization

/// A trained weight under its official key name, with its gradient.
///
/// `backward` functions add to `gradient`; one place per step sets it to zero.
public final class Parameter: Sendable {
  /// The key in official checkpoints and in weights shards, such as `layers.0.attention.wqkv.weight`.
  public let name: String
  public let value: Tensor
  /// ∂L/∂value, allocated on first use so that inference does not pay for it. Threads that come first together get
  /// one and the same: what one of them adds must not go to memory that another's replaces.
  public var gradient: Tensor { allocated.load() ?? allocated.storeIfNil(Tensor(value.shape)) }
  private let allocated = AtomicLazyReference<Tensor>()
  /// Whether decoupled weight decay applies: tensors with two or more extents
  /// (pipeline/method/transformer.md §9).
  public var decays: Bool { value.shape.count >= 2 }

  public init(_ name: String, _ value: Tensor) {
    self.name = name
    self.value = value
  }

  /// A parameter of zeros.
  public convenience init(_ name: String, shape: [Int]) { self.init(name, Tensor(shape)) }
}
