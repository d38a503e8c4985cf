import Files
import Formats
import Shards

/// How a file from outside held the weights of a shard, so that they can go back as they came.
///
/// A weights shard keeps it as the fact `stored`: `dtype` of most tensors, `exceptions` by name, `metadata`.
public struct StoredForm: Equatable, Sendable {
  /// The name of the fact.
  public static let fact = "stored"

  /// Element types by tensor: F32, F16 or BF16.
  public let types: [String: StoredTensor.ElementType]
  public let metadata: [String: String]

  /// Doubles are kept in single precision and count as such.
  public init(_ tensors: [StoredTensor], metadata: [String: String]) {
    types = Dictionary(
      tensors.map { ($0.name, $0.type.isHalf ? $0.type : .f32) }, uniquingKeysWith: { first, _ in first })
    self.metadata = metadata
  }

  /// The form that a weights shard recorded, for tensors of these names; nil if it recorded none.
  /// - Throws: `FormatError.malformed` if the record is not one.
  public init?(_ facts: JSONValue, names: [String], path: String) throws {
    guard let record = facts[Self.fact] else { return nil }
    func type(_ value: JSONValue?) -> StoredTensor.ElementType? {
      value?.string.flatMap(StoredTensor.ElementType.init(rawValue:))
        .flatMap { $0 == .f32 || $0.isHalf ? $0 : nil }
    }
    guard let usual = type(record["dtype"]), let exceptions = record["exceptions"]?.object,
      let metadata = record["metadata"]?.object,
      exceptions.values.allSatisfy({ type($0) != nil }), metadata.values.allSatisfy({ $0.string != nil })
    else {
      throw FormatError.malformed(
        path: path, what: "its fact '\(Self.fact)' does not say dtype, exceptions and metadata")
    }
    types = Dictionary(
      names.map { ($0, type(exceptions[$0]) ?? usual) }, uniquingKeysWith: { first, _ in first })
    self.metadata = metadata.compactMapValues(\.string)
  }

  public var json: JSONValue {
    let counts = Dictionary(grouping: types.values) { $0.rawValue }.mapValues(\.count)
    let usual = counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? "F32"
    let exceptions = types.filter { $0.value.rawValue != usual }
    return [
      "dtype": .string(usual),
      "exceptions": .object(exceptions.mapValues { .string($0.rawValue) }),
      "metadata": .object(metadata.mapValues(JSONValue.string)),
    ]
  }
}

extension StoredTensor.ElementType {
  /// Whether elements are floating-point numbers of 16 bits.
  public var isHalf: Bool { self == .f16 || self == .bf16 }
  /// Whether elements are floating-point numbers.
  public var isFloating: Bool { isHalf || self == .f32 || self == .f64 }
}

extension StoredTensor {
  /// Single-precision values as elements of F32, F16 or BF16, rounded to the nearest, ties to even; values
  /// that came from such elements give the same bits again.
  public init(_ name: String, _ type: ElementType, shape: [Int], floats: [Float]) {
    precondition(type == .f32 || type.isHalf, "\(name): \(type) is not F32, F16 or BF16")
    let bytes: [UInt8]
    switch type {
    case .f16: bytes = floats.map(halfBits).withUnsafeBytes { Array($0) }
    case .bf16: bytes = floats.map(bfloatBits).withUnsafeBytes { Array($0) }
    default: bytes = floats.withUnsafeBytes { Array($0) }
    }
    self.init(name, type, shape: shape, bytes: bytes[...])
  }
}

/// The nearest IEEE half-precision number as bits; of not-a-number the upper bits.
private func halfBits(_ value: Float) -> UInt16 {
  let bits = value.bitPattern
  let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
  let exponent = Int((bits >> 23) & 0xff) - 127
  let fraction = bits & 0x7f_ffff
  if exponent == 128 {
    let upper = UInt16(truncatingIfNeeded: fraction >> 13)
    return sign | 0x7c00 | (fraction != 0 && upper == 0 ? 1 : upper)
  }
  if exponent > 15 { return sign | 0x7c00 }
  if exponent < -25 { return sign }
  let isSubnormal = exponent < -14
  let significand = isSubnormal ? fraction | 0x80_0000 : UInt32(exponent + 15) << 23 | fraction
  return sign | UInt16(truncatingIfNeeded: rounded(significand, by: isSubnormal ? -1 - exponent : 13))
}

/// The nearest bfloat16 number as bits; of not-a-number the upper bits.
private func bfloatBits(_ value: Float) -> UInt16 {
  let bits = value.bitPattern
  if value.isNaN {
    let upper = UInt16(truncatingIfNeeded: bits >> 16)
    return upper & 0x7f == 0 ? upper | 1 : upper
  }
  return UInt16(truncatingIfNeeded: rounded(bits, by: 16))
}

/// `bits` without its lowest `count`, rounded to the nearest, ties to even.
private func rounded(_ bits: UInt32, by count: Int) -> UInt32 {
  let kept = bits >> count
  let rest = bits & ((1 << count) - 1)
  let half: UInt32 = 1 << (count - 1)
  return kept + (rest > half || (rest == half && kept & 1 == 1) ? 1 : 0)
}
