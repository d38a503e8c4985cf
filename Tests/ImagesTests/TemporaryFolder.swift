import Foundation
import Images

/// A folder that vanishes with its owner.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "images-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes bytes under a relative path, making folders as needed, and returns the whole path.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let url = URL(filePath: "\(path)/\(name)")
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }

  /// Writes a plain image and returns its path.
  @discardableResult
  func write(side: Int, grey: UInt8, to name: String) throws -> String {
    try write(try PNG.encode(Image(width: side, height: side, colour: [grey])), to: name)
  }
}
