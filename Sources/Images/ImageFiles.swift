import Foundation

/// Whole-file reading, listing and writing with this module's errors.
package enum ImageFiles {
  static func read(_ path: String, missing advice: String = "Check the path.") throws -> [UInt8] {
    guard FileManager.default.fileExists(atPath: path) else {
      throw ImageError.missing(path: path, advice: advice)
    }
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw ImageError.unreadable(path: path, reason: reason(error))
    }
  }

  /// Writes beside the target and renames, so that a reader never sees half a file.
  package static func write(_ bytes: [UInt8], to path: String) throws {
    do {
      try Data(bytes).write(to: URL(filePath: path), options: .atomic)
    } catch {
      throw ImageError.unwritable(path: path, reason: reason(error))
    }
  }

  /// The first bytes of a file that is not what it should be, for messages.
  static func beginning(of file: [UInt8]) -> String {
    if file.isEmpty { return "an empty file" }
    return file.prefix(8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }

  /// Opens a file for reading by position.
  static func open(_ path: String) throws -> FileHandle {
    guard FileManager.default.fileExists(atPath: path) else {
      throw ImageError.missing(path: path, advice: "Check the path.")
    }
    do {
      return try FileHandle(forReadingFrom: URL(filePath: path))
    } catch {
      throw ImageError.unreadable(path: path, reason: reason(error))
    }
  }

  /// The last part of a path.
  static func name(_ path: String) -> String { URL(filePath: path).lastPathComponent }

  static func isFolder(_ path: String) -> Bool {
    var folder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &folder) && folder.boolValue
  }

  /// The names in a folder without hidden ones, sorted by their UTF-8 bytes.
  static func list(_ path: String) throws -> [String] {
    guard isFolder(path) else {
      throw ImageError.missing(
        path: path, advice: "Give a folder with one sub-folder of PNG or JPEG files per class.")
    }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: path)
        .filter { !$0.hasPrefix(".") }
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch {
      throw ImageError.unreadable(path: path, reason: reason(error))
    }
  }

  private static func reason(_ error: any Error) -> String {
    let underlying = (error as NSError).userInfo[NSUnderlyingErrorKey] as? NSError
    if let underlying, underlying.domain == NSPOSIXErrorDomain {
      return String(cString: strerror(Int32(underlying.code)))
    }
    return error.localizedDescription
  }
}
