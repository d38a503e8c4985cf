import Files
import Foundation

/// Uncompressed tar archives, read by position: headers are walked, contents stay where they are.
///
/// Knows what tar programs write today: ustar headers, GNU's long names and large sizes, and pax records of path
/// and size (POSIX.1-2017, pax). Nothing is ever unpacked, so names are labels and cannot lead anywhere.
package enum TarArchive {
  /// A regular file in an archive.
  package struct Member: Sendable, Equatable {
    package let name: String
    /// Where its content begins, in bytes.
    let offset: UInt64
    package let size: Int
  }

  private static let block = 512
  /// The largest long name or pax header that is read, in bytes.
  private static let headerLimit = 1 << 20

  /// Lists the regular files in the sequence of the archive.
  /// - Throws: `FileError`, `FormatError` for a truncated or damaged archive.
  package static func members(of path: String) throws -> [Member] {
    let file = try ReadableFile(path)
    let end = UInt64(file.size)
    var members = [Member]()
    var position: UInt64 = 0
    // What an extended header says about the next member.
    var (longName, longSize) = (String?.none, Int?.none)
    while position + UInt64(block) <= end {
      let header = try bytes(of: file, at: position, count: block, path: path)
      if header.allSatisfy({ $0 == 0 }) { return members }
      try check(header, path: path, at: position)
      let size = try longSize ?? number(header[124..<136], path: path, at: position)
      let start = position + UInt64(block)
      guard UInt64(size) <= end - start else {
        throw FormatError.truncated(path: path, expected: Int(start) + size, found: Int(end))
      }
      switch header[156] {
      case UInt8(ascii: "L"):
        longName = text(try bytes(of: file, at: start, count: min(size, headerLimit), path: path)[...])
      case UInt8(ascii: "x"):
        let records = try bytes(of: file, at: start, count: min(size, headerLimit), path: path)
        (longName, longSize) = try extended(records, path: path, at: position)
      case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
        members.append(Member(name: longName ?? name(header), offset: start, size: size))
        (longName, longSize) = (nil, nil)
      case UInt8(ascii: "g"), UInt8(ascii: "K"):
        break
      default:
        (longName, longSize) = (nil, nil)  // folders, links and devices have no content to read
      }
      position = start + UInt64((size + block - 1) / block * block)
    }
    guard position == end, !members.isEmpty else {
      throw FormatError.truncated(path: path, expected: Int(position) + block, found: Int(end))
    }
    return members
  }

  /// The content of a member.
  package static func read(_ member: Member, of path: String) throws -> [UInt8] {
    try read([member], of: path)[0]
  }

  /// The contents of some members, which together should not be large.
  package static func read(_ members: [Member], of path: String) throws -> [[UInt8]] {
    let file = try ReadableFile(path)
    return try members.map { try bytes(of: file, at: $0.offset, count: $0.size, path: path) }
  }

  private static func bytes(
    of file: ReadableFile, at offset: UInt64, count: Int, path: String
  ) throws -> [UInt8] {
    let bytes = try file.read(count, at: Int(clamping: offset))
    guard bytes.count == count else {
      throw FormatError.truncated(path: path, expected: Int(offset) + count, found: Int(offset) + bytes.count)
    }
    return bytes
  }

  /// The sum of a header's bytes, its own field counted as blanks, must be what the field says.
  private static func check(_ header: [UInt8], path: String, at position: UInt64) throws {
    let sum = header.enumerated().reduce(0) {
      $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element))
    }
    guard try number(header[148..<156], path: path, at: position) == sum else {
      throw FormatError.damaged(
        path: path,
        detail: "the tar header at byte \(position) has a wrong checksum; compressed archives are not read")
    }
  }

  /// A number in octal digits, or in GNU's form of large ones with the first bit set.
  private static func number(_ field: ArraySlice<UInt8>, path: String, at position: UInt64) throws -> Int {
    var value = 0
    if let first = field.first, first & 0x80 != 0 {
      for (index, byte) in field.enumerated() {
        let (product, overflow) = value.multipliedReportingOverflow(by: 256)
        guard !overflow else { throw damaged(path, position) }
        value = product | Int(index == 0 ? byte & 0x7F : byte)
      }
      return value
    }
    for digit in field.drop(while: { $0 == 32 }).prefix(while: { $0 != 0 && $0 != 32 }) {
      guard (48...55).contains(digit) else { throw damaged(path, position) }
      value = value << 3 | Int(digit - 48)
    }
    return value
  }

  private static func name(_ header: [UInt8]) -> String {
    let name = text(header[0..<100])
    let prefix =
      header[257..<262].elementsEqual("ustar".utf8) && header[262] == 0 ? text(header[345..<500]) : ""
    return prefix.isEmpty ? name : "\(prefix)/\(name)"
  }

  private static func text(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// The path and size of a pax header: records "length key=value\n".
  private static func extended(
    _ bytes: [UInt8], path: String, at position: UInt64
  ) throws -> (name: String?, size: Int?) {
    var (name, size) = (String?.none, Int?.none)
    var rest = bytes[...]
    while let space = rest.firstIndex(of: 32) {
      guard let length = Int(String(decoding: rest[..<space], as: UTF8.self)), length <= rest.count,
        length > space - rest.startIndex + 1
      else { throw damaged(path, position) }
      let record = rest[(space + 1)..<(rest.startIndex + length - 1)]
      rest = rest[(rest.startIndex + length)...]
      guard let equals = record.firstIndex(of: UInt8(ascii: "=")) else { throw damaged(path, position) }
      let value = String(decoding: record[(equals + 1)...], as: UTF8.self)
      switch String(decoding: record[..<equals], as: UTF8.self) {
      case "path": name = value
      case "size":
        guard let number = Int(value), number >= 0 else { throw damaged(path, position) }
        size = number
      default: break
      }
    }
    return (name, size)
  }

  private static func damaged(_ path: String, _ position: UInt64) -> FormatError {
    .damaged(path: path, detail: "the tar header at byte \(position) is not one")
  }
}
