/// Numbers that tensors of a PyTorch file look at: all bytes of one block, or a part of it.
public struct TorchStorage: Equatable, Sendable {
  /// The block's name in the file.
  public let key: String
  /// Elements of the block, nil for one of plain bytes.
  public let type: StoredTensor.ElementType?
  /// Bytes of the whole block.
  public let blockSize: Int
  /// The bytes of the block that the storage is.
  public let range: Range<Int>
}

/// A tensor of a PyTorch file before its numbers are looked at: a view of a storage.
public struct TorchTensor: Equatable, Sendable {
  /// Torch's own limit.
  static let mostAxes = 64

  public let type: StoredTensor.ElementType
  public let shape: [Int]
  /// Steps of each axis, in elements; never negative.
  public let strides: [Int]
  /// The first element's place in the storage, in elements.
  public let offset: Int
  public let storage: TorchStorage

  /// The number of elements.
  public var count: Int { shape.reduce(1, *) }
  /// Bytes of the elements when each has a place of its own.
  public var size: Int { count * type.width }

  /// Checks that every element lies inside the storage and that sizes can be counted.
  ///
  /// - Throws: what is wrong, as text for a sentence about the file.
  init(
    type: StoredTensor.ElementType, shape: [Int], strides: [Int], offset: Int, storage: TorchStorage
  ) throws(TorchProblem) {
    guard shape.count == strides.count, shape.count <= Self.mostAxes else {
      throw TorchProblem("a tensor has \(shape.count) extents and \(strides.count) strides")
    }
    guard offset >= 0, shape.allSatisfy({ $0 >= 0 }), strides.allSatisfy({ $0 >= 0 }) else {
      throw TorchProblem("a tensor has a negative extent, stride or offset")
    }
    func overflows() -> TorchProblem {
      TorchProblem("the size of a tensor of shape \(shape) and strides \(strides) overflows")
    }
    guard let needed = type.size(of: shape) else { throw overflows() }
    var last = offset
    for (extent, stride) in zip(shape, strides) {
      let (step, stepOverflow) = max(extent - 1, 0).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(step)
      guard !stepOverflow, !sumOverflow else { throw overflows() }
      last = sum
    }
    let held = storage.range.count / type.width
    guard needed == 0 || last < held else {
      throw TorchProblem(
        "a tensor of shape \(shape) ends at element \(last) of the storage '\(shown(storage.key))' "
          + "of \(held)")
    }
    self.type = type
    self.shape = shape
    self.strides = strides
    self.offset = offset
    self.storage = storage
  }

  /// The elements in row-major order.
  ///
  /// - Parameter source: the storage's bytes, from its first on.
  func elements(of source: UnsafeRawBufferPointer) -> [UInt8] {
    let width = type.width
    if count == 0 { return [] }
    if isContiguous { return Array(source[offset * width..<(offset + count) * width]) }
    let (extent, stride) = (shape[shape.count - 1], strides[strides.count - 1])
    let axes = shape.count - 1
    return [UInt8](unsafeUninitializedCapacity: size) { target, filled in
      var index = [Int](repeating: 0, count: axes)
      var start = offset
      while filled < size {
        for element in 0..<extent {
          let place = (start + element * stride) * width
          for byte in 0..<width { target[filled + byte] = source[place + byte] }
          filled += width
        }
        for axis in (0..<axes).reversed() {
          index[axis] += 1
          start += strides[axis]
          if index[axis] < shape[axis] { break }
          start -= index[axis] * strides[axis]
          index[axis] = 0
        }
      }
    }
  }

  private var isContiguous: Bool {
    var expected = 1
    for (extent, stride) in zip(shape, strides).reversed() where extent != 1 {
      if stride != expected { return false }
      expected *= extent
    }
    return true
  }
}

/// What is wrong with a part of a file, before the file's name is known.
struct TorchProblem: Error {
  let what: String

  init(_ what: String) { self.what = what }
}
