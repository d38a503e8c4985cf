import Files
import Foundation

/// The bytes of a file without reading it: pages come into memory when they are looked at.
///
/// The file must not be shortened while it is open, as for every program that maps files.
final class MappedFile {
  let path: String
  let bytes: UnsafeRawBufferPointer

  var count: Int { bytes.count }

  /// Throws `FormatError.missing` or `FileError.io`.
  init(_ path: String) throws {
    self.path = path
    do { bytes = try ReadableFile(path).map() } catch FileError.missing {
      throw FormatError.missing(path: path)
    }
  }

  deinit { if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), count) } }

  subscript(_ position: Int) -> UInt8 { bytes[position] }

  /// A copy of a part that lies inside the file.
  func copy(_ range: Range<Int>) -> [UInt8] { Array(bytes[range]) }

  func malformed(_ what: String) -> FormatError { .malformed(path: path, what: what) }

  /// The little-endian integer of `width` bytes, at most 8, at an offset. Throws `FormatError.malformed`
  /// where the file ends before or the number is above 2⁶⁰, which no size is.
  func integer(_ offset: Int, _ width: Int) throws -> Int {
    guard offset >= 0, offset <= count - width else {
      throw malformed("expected a number of \(width) bytes at byte \(offset), the file ends at \(count)")
    }
    let value = (0..<width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[offset + $1]) }
    guard value < 1 << 60 else { throw malformed("the number at byte \(offset) is too large for a size") }
    return Int(value)
  }
}

/// How much larger than its file what a file describes may be.
package enum Expansion {
  /// Bytes that a file of `size` bytes may unpack or spread to: sixteen times as many, and 64 MiB.
  ///
  /// Weights hardly pack and seldom share numbers, so only files made to exhaust memory go beyond.
  package static func limit(_ size: Int) -> Int {
    size.multipliedReportingOverflow(by: 16).partialValue + (1 << 26)
  }
}

/// A name from a file as an error shows it: without control characters and cut to 80 characters.
func shown(_ name: String) -> String {
  let scalars = name.unicodeScalars.prefix(80).map { scalar -> Character in
    scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || (0x2028...0x202E).contains(scalar.value)
      ? "?" : Character(scalar)
  }
  return String(scalars) + (name.unicodeScalars.count > 80 ? "…" : "")
}
