/// A dense array with a name, such as a model's parameter under its official key.
///
/// The values are the tensor's own, or they are lent: they stay in the memory of a model or of a shard that was
/// read, which a tensor keeps alive. Checkpoints of models that fill half of the memory are written and read so.
public struct NamedTensor: Equatable, Sendable {
  public let name: String
  public let shape: [Int]
  private let storage: Storage

  private enum Storage: @unchecked Sendable {
    case owned([Float])
    case lent(UnsafeBufferPointer<Float>, owner: any AnyObject & Sendable)
  }

  /// - Parameter values: row-major, as many as the product of the shape.
  public init(_ name: String, shape: [Int], values: [Float]) {
    self.init(name, shape, .owned(values), count: values.count)
  }

  /// A tensor of values that `owner` keeps in memory as long as it lives. What it writes there later is what the
  /// tensor then holds.
  public init(
    _ name: String, shape: [Int], lent values: UnsafeBufferPointer<Float>, by owner: any AnyObject & Sendable
  ) {
    self.init(name, shape, .lent(values, owner: owner), count: values.count)
  }

  private init(_ name: String, _ shape: [Int], _ storage: Storage, count: Int) {
    precondition(shape.reduce(1, *) == count, "\(name) \(shape) cannot hold \(count) values")
    self.name = name
    self.shape = shape
    self.storage = storage
  }

  /// Calls `body` with the values, row-major.
  public func withValues<R>(_ body: (UnsafeBufferPointer<Float>) throws -> R) rethrows -> R {
    switch storage {
    case .owned(let values): try values.withUnsafeBufferPointer(body)
    case .lent(let values, let owner): try withExtendedLifetime(owner) { try body(values) }
    }
  }

  /// The values, row-major; lent ones are copied.
  public var values: [Float] {
    if case .owned(let values) = storage { values } else { withValues(Array.init) }
  }

  public static func == (left: NamedTensor, right: NamedTensor) -> Bool {
    left.name == right.name && left.shape == right.shape
      && left.withValues { values in right.withValues { values.elementsEqual($0) } }
  }
}
