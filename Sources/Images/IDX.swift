import Formats

/// A file of unsigned bytes in the IDX format (the MNIST family), plain or gzipped.
///
/// Layout: two zero bytes, type 0x08 (unsigned byte), number of dimensions, one big-endian u32 per dimension,
/// then the values in row-major order and nothing else.
public struct IDX: Sendable {
  public let shape: [Int]
  public let values: [UInt8]

  /// Values beyond which a file is refused; the largest of the MNIST family hold 47 million.
  private static let limit = 1 << 30

  /// Reads and checks a file of exactly `dimensions` dimensions.
  /// - Throws: `ImageError` when the file is missing, is no such IDX file, or is longer or shorter than its
  ///   header announces.
  public init(reading path: String, dimensions: Int) throws {
    let stored = try ImageFiles.read(path, missing: "Install the data set, or correct data.path.")
    let file = Gzip.isGzip(stored) ? try Gzip.decompress(stored, path: path, limit: Self.limit) : stored
    try self.init(file, path: path, dimensions: dimensions)
  }

  /// Checks uncompressed bytes; `path` names them in errors.
  package init(_ file: [UInt8], path: String, dimensions: Int) throws {
    let header = 4 + 4 * dimensions
    guard file.count >= header else {
      throw ImageError.wrongLength(path: path, expected: header, found: file.count)
    }
    let expected: [UInt8] = [0, 0, 0x08, UInt8(dimensions)]
    guard file.starts(with: expected) else {
      throw ImageError.notIDX(
        path: path, expected: "magic number \(Self.hex(expected)) (unsigned bytes, \(dimensions) dimensions)",
        found: Self.hex(Array(file.prefix(4))))
    }
    var shape = [Int]()
    var count = 1
    for dimension in 0..<dimensions {
      let start = 4 + 4 * dimension
      let length = file[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard length > 0, !overflow, product <= Self.limit else {
        throw ImageError.notIDX(path: path, expected: "positive, sensible sizes", found: "size \(length)")
      }
      shape.append(length)
      count = product
    }
    guard file.count == header + count else {
      throw ImageError.wrongLength(path: path, expected: header + count, found: file.count)
    }
    self.shape = shape
    values = Array(file[header...])
  }

  private static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
