import Foundation

/// A fresh folder that disappears with the value.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init() throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "orderedar-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a name inside the folder.
  public func file(_ name: String) -> String { path + "/" + name }

  /// The location of a name inside the folder.
  public func url(_ name: String) -> URL { URL(filePath: file(name)) }

  /// The names inside, sorted, dot files included.
  public var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }
}
