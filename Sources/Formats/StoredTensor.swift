import Shards

/// An array as a safetensors file stores it: typed bytes that are converted when they are asked for.
public struct StoredTensor: Equatable, Sendable {
  /// Element types, named as in the files; the official writer puts those further down first.
  public enum ElementType: String, Sendable, CaseIterable {
    case bool = "BOOL"
    case u8 = "U8"
    case i8 = "I8"
    case i16 = "I16"
    case u16 = "U16"
    case f16 = "F16"
    case bf16 = "BF16"
    case i32 = "I32"
    case u32 = "U32"
    case f32 = "F32"
    case f64 = "F64"
    case i64 = "I64"
    case u64 = "U64"

    /// Bytes of one element.
    public var width: Int {
      switch self {
      case .bool, .u8, .i8: 1
      case .i16, .u16, .f16, .bf16: 2
      case .i32, .u32, .f32: 4
      case .f64, .i64, .u64: 8
      }
    }

    var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
  }

  public let name: String
  public let type: ElementType
  public let shape: [Int]
  /// Little-endian elements, row-major.
  public let bytes: ArraySlice<UInt8>

  /// The bytes must be as many as type and shape need.
  public init(_ name: String, _ type: ElementType, shape: [Int], bytes: ArraySlice<UInt8>) {
    precondition(
      bytes.count == shape.reduce(type.width, *), "\(name): \(type) \(shape) and \(bytes.count) bytes")
    self.name = name
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// Single-precision values.
  public init(_ tensor: NamedTensor) {
    self.init(tensor.name, .f32, shape: tensor.shape, bytes: tensor.values.withUnsafeBytes { Array($0)[...] })
  }

  /// Double-precision values.
  public init(_ name: String, shape: [Int], doubles: [Double]) {
    self.init(name, .f64, shape: shape, bytes: doubles.withUnsafeBytes { Array($0)[...] })
  }

  public var count: Int { shape.reduce(1, *) }

  /// The elements as single precision: exact for F32, F16, BF16 and small integers, rounded for F64 and large
  /// ones.
  public var floats: [Float] {
    switch type {
    case .f32:
      [Float](unsafeUninitializedCapacity: count) { buffer, filled in
        bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
        filled = count
      }
    case .f16: map(UInt16.self) { float(half: $0) }
    case .bf16: map(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .f64: map(Double.self) { Float($0) }
    case .bool, .u8: map(UInt8.self) { Float($0) }
    case .i8: map(Int8.self) { Float($0) }
    case .i16: map(Int16.self) { Float($0) }
    case .u16: map(UInt16.self) { Float($0) }
    case .i32: map(Int32.self) { Float($0) }
    case .u32: map(UInt32.self) { Float($0) }
    case .i64: map(Int64.self) { Float($0) }
    case .u64: map(UInt64.self) { Float($0) }
    }
  }

  /// The elements as double precision: exact for F64, those of `floats` otherwise.
  public var doubles: [Double] { type == .f64 ? map(Double.self) { $0 } : floats.map(Double.init) }

  /// The elements as integers, or nil if the type is not an integer's or a value does not fit.
  public var integers: [Int]? {
    let values: [Int?]
    switch type {
    case .bool, .u8: values = map(UInt8.self) { Int($0) }
    case .i8: values = map(Int8.self) { Int($0) }
    case .i16: values = map(Int16.self) { Int($0) }
    case .u16: values = map(UInt16.self) { Int($0) }
    case .i32: values = map(Int32.self) { Int($0) }
    case .u32: values = map(UInt32.self) { Int($0) }
    case .i64: values = map(Int64.self) { Int($0) }
    case .u64: values = map(UInt64.self) { Int(exactly: $0) }
    case .f16, .bf16, .f32, .f64: return nil
    }
    return values.contains(nil) ? nil : values.compactMap { $0 }
  }

  private func map<Stored: BitwiseCopyable, Element>(
    _ stored: Stored.Type, _ convert: (Stored) -> Element
  ) -> [Element] {
    bytes.withUnsafeBytes { source in
      (0..<count).map { index in
        convert(source.loadUnaligned(fromByteOffset: index * MemoryLayout<Stored>.size, as: stored))
      }
    }
  }
}
