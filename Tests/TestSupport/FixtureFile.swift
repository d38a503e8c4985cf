import Foundation

/// A safetensors fixture under `Tests/Fixtures`, read by a reader that is independent of the one under test.
///
/// The file is `u64 header length, JSON header, bytes`; the header maps each key to dtype, shape and byte range.
/// A missing key stops the test run with a sentence, since a test cannot go on without its fixture.
public struct FixtureFile {
  public struct Problem: Error, CustomStringConvertible {
    public let description: String
  }

  struct Entry: Decodable {
    let dtype: String
    let shape: [Int]
    let range: [Int]

    enum CodingKeys: String, CodingKey { case dtype, shape, range = "data_offsets" }
  }

  public let url: URL
  /// The file's tensor names, sorted.
  public let keys: [String]
  private let entries: [String: Entry]
  private let data: [UInt8]

  /// The folder `Tests/Fixtures` of the checkout that this file was compiled from.
  public static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures")

  /// Reads `Tests/Fixtures/<name>.safetensors`.
  public init(named name: String) throws {
    try self.init(url: Self.folder.appending(path: name + ".safetensors"))
  }

  /// Reads a safetensors file from anywhere.
  public init(url: URL) throws {
    self.url = url
    let file = [UInt8](try Data(contentsOf: url))
    guard file.count >= 8 else { throw Problem(description: "\(url.path) is shorter than a header length.") }
    let length = Self.elements(file[..<8], as: UInt64.self).reduce(0) { $0 + Int($1) }
    guard length <= file.count - 8 else { throw Problem(description: "\(url.path) has a torn header.") }
    let header = try JSONSerialization.jsonObject(with: Data(file[8..<8 + length]))
    guard var objects = header as? [String: Any] else {
      throw Problem(description: "\(url.path) has a header that is not an object.")
    }
    objects["__metadata__"] = nil
    entries = try JSONDecoder().decode(
      [String: Entry].self, from: JSONSerialization.data(withJSONObject: objects))
    data = Array(file[(8 + length)...])
    keys = entries.keys.sorted()
  }

  public func contains(_ key: String) -> Bool { entries[key] != nil }

  public func shape(_ key: String) -> [Int] { entry(key).shape }

  /// The values as Float, in row-major order, whatever their type in the file.
  public func floats(_ key: String) -> [Float] {
    let raw = bytes(key)
    switch entry(key).dtype {
    case "F32": return Self.elements(raw[...], as: UInt32.self).map { Float(bitPattern: $0) }
    case "F64": return doubles(key).map { Float($0) }
    case "F16": return Self.elements(raw[...], as: UInt16.self).map { Self.half($0) }
    case "BF16":
      return Self.elements(raw[...], as: UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    default: return ints(key).map { Float($0) }
    }
  }

  /// The values of a tensor (images, channels, height, width), NHWC.
  public func channelsLast(_ key: String) -> [Float] {
    let shape = shape(key)
    let values = floats(key)
    let pixels = shape[2] * shape[3]
    return (0..<shape[0]).flatMap { image in
      (0..<pixels).flatMap { pixel in
        (0..<shape[1]).map { values[(image * shape[1] + $0) * pixels + pixel] }
      }
    }
  }

  /// The values as Double: exact for F64, widened otherwise.
  public func doubles(_ key: String) -> [Double] {
    guard entry(key).dtype == "F64" else { return floats(key).map { Double($0) } }
    return Self.elements(bytes(key)[...], as: UInt64.self).map { Double(bitPattern: $0) }
  }

  /// The values as Int; only for integer and boolean tensors.
  public func ints(_ key: String) -> [Int] {
    let raw = bytes(key)
    switch entry(key).dtype {
    case "I64": return Self.elements(raw[...], as: Int64.self).map { Int($0) }
    case "I32": return Self.elements(raw[...], as: Int32.self).map { Int($0) }
    case "U8", "BOOL": return raw.map { Int($0) }
    case let other: fatalError("\(url.path): tensor \(key) is \(other), not an integer type.")
    }
  }

  /// The tensor's bytes as they lie in the file.
  public func bytes(_ key: String) -> [UInt8] {
    let range = entry(key).range
    guard range.count == 2, range[0] <= range[1], range[1] <= data.count else {
      fatalError("\(url.path): tensor \(key) lies outside the file.")
    }
    return Array(data[range[0]..<range[1]])
  }

  private func entry(_ key: String) -> Entry {
    guard let entry = entries[key] else { fatalError("\(url.path) has no tensor \(key).") }
    return entry
  }

  private static func elements<T: FixedWidthInteger>(_ bytes: ArraySlice<UInt8>, as type: T.Type) -> [T] {
    let size = MemoryLayout<T>.size
    return bytes.withUnsafeBytes { raw in
      (0..<raw.count / size).map { T(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * size, as: T.self)) }
    }
  }

  /// An IEEE half as Float, by arithmetic so that no hardware support is needed.
  private static func half(_ bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10) & 31
    let fraction = Float(bits & 1023)
    if exponent == 0 { return sign * fraction * 0x1p-24 }
    if exponent == 31 { return fraction == 0 ? sign * .infinity : .nan }
    return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
  }
}
