import Foundation

/// What the operating system's error numbers mean, in words: the one place where they are turned into text.
package enum SystemMessage {
  /// The reason of an error number, such as "Permission denied", without a full stop.
  package static func reason(_ code: Int32) -> String {
    switch code {
    case ELOOP: "it is a link that leads back to itself, or one of too many links in a row"
    default: String(cString: strerror(code))
    }
  }

  /// What to do about it, a full sentence.
  package static func advice(_ code: Int32) -> String {
    switch code {
    case ENOSPC, EDQUOT, EFBIG: "Free some space; nothing was changed and the stage can simply be run again."
    case EACCES, EPERM, EROFS: "Check the permissions of the file and of its folder."
    case EISDIR, ENOTDIR: "Give the path of a file inside an existing folder."
    case ELOOP: "Let the link point to a file, or give the file's own path."
    case ENAMETOOLONG: "Give a shorter path."
    case EMFILE, ENFILE: "Close other programs, or raise 'ulimit -n'."
    case ENOMEM: "Close other programs, or use a machine with more memory."
    default: "Check the path and the disk, then run again."
    }
  }

  /// What a file is that is no regular one, such as "a named pipe (FIFO)".
  package static func kind(_ mode: mode_t) -> String {
    switch mode & S_IFMT {
    case S_IFIFO: "a named pipe (FIFO)"
    case S_IFSOCK: "a socket"
    case S_IFCHR, S_IFBLK: "a device"
    case S_IFDIR: "a folder"
    default: "something else"
    }
  }
}

/// The names in a folder without `.` and `..`, sorted.
///
/// - Throws: `FileError.missing` when there is no such folder, `.io` when it cannot be read.
package func folderEntries(_ folder: String) throws -> [String] {
  guard let directory = opendir(folder) else {
    if errno == ENOENT { throw FileError.missing(path: folder) }
    throw FileError.io(path: folder, operation: "list", code: errno)
  }
  defer { closedir(directory) }
  var result: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != ".", name != ".." { result.append(name) }
  }
  return result.sorted()
}

/// The names in a folder, sorted; an absent folder, or one that cannot be read, has none.
package func names(in folder: String) -> [String] { (try? folderEntries(folder)) ?? [] }
