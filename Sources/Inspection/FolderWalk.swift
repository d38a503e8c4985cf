import Foundation

/// Which folders a walk from a folder downwards has entered, whatever links lead to them.
struct FolderWalk {
  private struct Identity: Hashable {
    let device: UInt64
    let number: UInt64
  }

  private var seen: Set<Identity> = []

  /// A walk that begins in a folder. It and all folders around it count as entered.
  init(_ start: String) {
    var folder = URL(filePath: start).resolvingSymlinksInPath()
    while true {
      if let identity = Self.identity(folder.path) { seen.insert(identity) }
      let parent = folder.deletingLastPathComponent()
      if parent.path == folder.path || folder.path == "/" { break }
      folder = parent
    }
  }

  /// Whether a folder is to be entered: the first time only.
  mutating func enters(_ path: String) -> Bool {
    Self.identity(path).map { seen.insert($0).inserted } ?? false
  }

  private static func identity(_ path: String) -> Identity? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
  }
}
