import Kernels
import Synchronization

/// A trained weight under its official key name, with its gradient.
///
/// `backward` functions add to `gradient`; one place per step sets it to zero. The numbers of a model's parameters lie
/// in its `ParameterArena`; those of a parameter by itself are allocated on first use.
public final class Parameter: Sendable {
  /// The key in official checkpoints and in weights shards, such as `layers.0.attention.wqkv.weight`.
  public let name: String
  public let shape: [Int]
  /// The number of values.
  public let count: Int
  private let initialValue: Float
  private let values = AtomicLazyReference<Tensor>()
  private let gradients = AtomicLazyReference<Tensor>()
  private let place = AtomicLazyReference<ParameterPlace>()

  /// The weights; always the same tensor.
  public var value: Tensor { values.load() ?? values.storeIfNil(makeValue()) }
  /// ∂L/∂value, allocated on first use so that inference does not pay for it. Threads that come first together get
  /// one and the same: what one of them adds must not go to memory that another's replaces.
  public var gradient: Tensor {
    gradients.load() ?? gradients.storeIfNil(place.load()?.gradient(shape) ?? Tensor(shape))
  }
  /// Whether decoupled weight decay applies: tensors with two or more extents
  /// (pipeline/method/transformer.md §9), but not embeddings that say otherwise (pipeline/method/text-to-image.md §4).
  public let decays: Bool

  public init(_ name: String, _ value: Tensor) {
    self.name = name
    shape = value.shape
    count = value.count
    initialValue = 0
    decays = shape.count >= 2
    _ = values.storeIfNil(value)
  }

  /// A parameter of zeros, or of another number.
  /// - Parameter decays: nil for what its shape says.
  public init(_ name: String, shape: [Int], initialValue: Float = 0, decays: Bool? = nil) {
    self.name = name
    self.shape = shape
    count = shape.reduce(1, *)
    self.initialValue = initialValue
    self.decays = decays ?? (shape.count >= 2)
  }

  private func makeValue() -> Tensor {
    let value = Tensor(shape)
    if initialValue != 0 { value.fill(initialValue) }
    return value
  }

  /// Takes a place in an arena, before anything has used the value.
  func move(to place: ParameterPlace) {
    let value = place.value(shape)
    precondition(
      values.storeIfNil(value) === value, "the value of \(name) was used before it came into an arena")
    _ = self.place.storeIfNil(place)
    if initialValue != 0 { value.fill(initialValue) }
  }
}
