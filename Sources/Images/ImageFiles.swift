import Files
import Foundation

/// Whole-file reading, listing and writing with this module's errors.
package enum ImageFiles {
  /// The most bytes of a file that is read whole.
  private static let limit = 1 << 31

  static func read(_ path: String, missing advice: String = "Check the path.") throws -> [UInt8] {
    try translating(path, advice) { try ReadableFile.bytes(of: path, atMost: limit) }
  }

  /// Writes beside the target and renames, so that a reader never sees half a file. Missing folders are made.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    do { try writeAtomically(bytes, to: path, isDurable: false) } catch FileError.io(_, _, let code) {
      throw ImageError.unwritable(path: path, reason: SystemMessage.reason(code))
    }
  }

  /// The first bytes of a file that is not what it should be, for messages.
  static func beginning(of file: [UInt8]) -> String {
    if file.isEmpty { return "an empty file" }
    return file.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }

  /// The last part of a path.
  static func name(_ path: String) -> String { URL(filePath: path).lastPathComponent }

  static func isFolder(_ path: String) -> Bool { Files.isFolder(path) }

  /// The names in a folder without hidden ones, sorted by their UTF-8 bytes.
  static func list(_ path: String) throws -> [String] {
    let advice = "Give a folder with one sub-folder of PNG or JPEG files per class."
    let names = try translating(path, advice) { try folderEntries(path) }
    return names.filter { !$0.hasPrefix(".") }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Does some work on a file and gives its errors this module's words.
  static func translating<Result>(
    _ path: String, _ advice: String, _ work: () throws -> Result
  ) throws -> Result {
    do { return try work() } catch FileError.missing {
      throw ImageError.missing(path: path, advice: advice)
    } catch FileError.io(_, _, let code) {
      throw ImageError.unreadable(path: path, reason: SystemMessage.reason(code))
    }
  }
}
