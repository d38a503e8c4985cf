/// The elements of one column, all records one after the other.
public enum ColumnValues: Equatable, Sendable {
  case u8([UInt8])
  case u16([UInt16])
  case u32([UInt32])
  case u64([UInt64])
  case i32([Int32])
  /// IEEE half precision as bits; `floats` converts.
  case f16([UInt16])
  case f32([Float])

  public var type: ElementType {
    switch self {
    case .u8: .u8
    case .u16: .u16
    case .u32: .u32
    case .u64: .u64
    case .i32: .i32
    case .f16: .f16
    case .f32: .f32
    }
  }

  public var count: Int {
    switch self {
    case .u8(let values): values.count
    case .u16(let values), .f16(let values): values.count
    case .u32(let values): values.count
    case .u64(let values): values.count
    case .i32(let values): values.count
    case .f32(let values): values.count
    }
  }

  /// Calls `body` with the little-endian bytes.
  func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    switch self {
    case .u8(let values): try values.withUnsafeBytes(body)
    case .u16(let values), .f16(let values): try values.withUnsafeBytes(body)
    case .u32(let values): try values.withUnsafeBytes(body)
    case .u64(let values): try values.withUnsafeBytes(body)
    case .i32(let values): try values.withUnsafeBytes(body)
    case .f32(let values): try values.withUnsafeBytes(body)
    }
  }

  /// Copies little-endian bytes, whose number is a multiple of the element's width.
  init(_ type: ElementType, bytes: UnsafeRawBufferPointer) {
    func copied<T: BitwiseCopyable>(_ zero: T) -> [T] {
      let count = bytes.count / MemoryLayout<T>.stride
      return [T](unsafeUninitializedCapacity: count) { buffer, filled in
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
        filled = count
      }
    }
    switch type {
    case .u8: self = .u8(copied(0))
    case .u16: self = .u16(copied(0))
    case .u32: self = .u32(copied(0))
    case .u64: self = .u64(copied(0))
    case .i32: self = .i32(copied(0))
    case .f16: self = .f16(copied(0))
    case .f32: self = .f32(copied(0))
    }
  }

  /// The elements as single precision; exact for halves, bytes and 16-bit integers.
  public var floats: [Float] {
    switch self {
    case .u8(let values): values.map(Float.init)
    case .u16(let values): values.map(Float.init)
    case .u32(let values): values.map(Float.init)
    case .u64(let values): values.map(Float.init)
    case .i32(let values): values.map(Float.init)
    case .f16(let values): values.map(float(half:))
    case .f32(let values): values
    }
  }

  /// One element as text, as `shard cat` prints it.
  public func text(_ index: Int) -> String {
    switch self {
    case .u8(let values): "\(values[index])"
    case .u16(let values): "\(values[index])"
    case .u32(let values): "\(values[index])"
    case .u64(let values): "\(values[index])"
    case .i32(let values): "\(values[index])"
    case .f16(let values): "\(float(half: values[index]))"
    case .f32(let values): "\(values[index])"
    }
  }
}

#if _endian(big)
  #error("columns are little endian and are copied without swapping")
#endif

/// The value of IEEE half-precision bits, including subnormals, infinities and NaN.
public func float(half bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = UInt32(bits >> 10) & 0x1f
  let fraction = UInt32(bits & 0x3ff)
  switch exponent {
  case 0:
    let magnitude = Float(fraction) * 0x1p-24
    return sign == 0 ? magnitude : -magnitude
  case 31: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}
