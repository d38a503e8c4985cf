import Foundation

/// A dense block of 32-bit floats, what nearly everything is made of.
public typealias Tensor = TensorOf<Float>

/// A dense block of numbers in row-major order, aligned to 64 bytes.
///
/// A tensor owns its memory or is a view of another's, never resizes and is never copied implicitly: training and
/// decoding plan buffers once and then write into them. It is a reference, so two layers that share a tensor see the
/// same numbers.
/// Kernels write disjoint parts of one tensor from several threads, which is why it is `Sendable` by assertion.
public final class TensorOf<Element: BitwiseCopyable>: @unchecked Sendable {
  public let shape: [Int]
  public let count: Int
  public let pointer: UnsafeMutablePointer<Element>
  /// The tensor whose memory a view shows, which the view keeps alive; nil for a tensor that owns its memory.
  @usableFromInline let owner: TensorOf?
  /// Whether the memory takes room only where it was written.
  @usableFromInline let isSparse: Bool

  /// A tensor of zeros.
  @inlinable
  public convenience init(_ shape: [Int]) {
    self.init(uninitialized: shape)
    UnsafeMutableRawPointer(pointer).initializeMemory(
      as: UInt8.self, repeating: 0, count: max(count, 1) * MemoryLayout<Element>.stride)
  }

  /// A tensor whose values are arbitrary until they are written, for results that a kernel fills completely.
  @inlinable
  public convenience init(uninitialized shape: [Int]) { self.init(shape, isSparse: false) }

  /// A tensor of zeros that takes memory only where it is written, page by page: for what may stay zero in large parts.
  public convenience init(sparse shape: [Int]) { self.init(shape, isSparse: true) }

  /// A tensor with memory of its own.
  @usableFromInline
  init(_ shape: [Int], isSparse: Bool) {
    precondition(shape.allSatisfy { $0 >= 0 }, "a tensor's extents are not negative, found \(shape)")
    self.shape = shape
    self.isSparse = isSparse
    count = shape.reduce(1, *)
    owner = nil
    let bytes = max(count, 1) * MemoryLayout<Element>.stride
    pointer = (isSparse ? TensorMemory.map(bytes: bytes) : TensorMemory.allocate(bytes: bytes))
      .bindMemory(to: Element.self, capacity: max(count, 1))
  }

  /// A view of consecutive values of another tensor, from an offset on. The offset must be a whole number of cache
  /// lines of 64 bytes, so that views are aligned like tensors.
  @inlinable
  public init(_ shape: [Int], viewing owner: TensorOf, from offset: Int) {
    let count = shape.reduce(1, *)
    precondition(
      offset >= 0 && shape.allSatisfy { $0 >= 0 } && offset + count <= owner.count,
      "a view of \(shape) from \(offset) on is outside a tensor of \(owner.count)")
    precondition(
      offset * MemoryLayout<Element>.stride % 64 == 0, "a view begins at \(offset), inside of a cache line")
    self.shape = shape
    self.count = count
    self.owner = owner
    isSparse = owner.isSparse
    pointer = owner.pointer + offset
  }

  @inlinable
  public convenience init(_ shape: Int...) { self.init(shape) }

  /// A tensor with the given values; their number must be the product of the shape.
  @inlinable
  public convenience init(_ shape: [Int], values: [Element]) {
    self.init(shape)
    precondition(values.count == count, "\(shape) needs \(count) values, found \(values.count)")
    values.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { pointer.update(from: base, count: count) }
    }
  }

  deinit {
    guard owner == nil else { return }
    if isSparse {
      TensorMemory.unmap(pointer, bytes: max(count, 1) * MemoryLayout<Element>.stride)
    } else {
      free(pointer)
    }
  }

  /// The number of rows when the tensor is read as a matrix: the product of all extents but the last.
  @inlinable
  public var rows: Int { columns == 0 ? 0 : count / columns }
  /// The last extent.
  @inlinable
  public var columns: Int { shape.last ?? 1 }

  @inlinable
  public subscript(_ index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "index \(index) is outside a tensor of \(count)")
      return pointer[index]
    }
    set {
      precondition(index >= 0 && index < count, "index \(index) is outside a tensor of \(count)")
      pointer[index] = newValue
    }
  }

  @inlinable
  public var values: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }

  @inlinable
  public func fill(_ value: Element) { pointer.update(repeating: value, count: count) }

  @inlinable
  public func copy(from other: TensorOf) {
    precondition(other.count == count, "cannot copy \(other.shape) into \(shape)")
    pointer.update(from: other.pointer, count: count)
  }

  /// The first element of a row of the matrix reading.
  @inlinable @inline(__always)
  public func row(_ index: Int) -> UnsafeMutablePointer<Element> { pointer + index * columns }
}
