import Foundation

/// A file that appears whole or not at all.
///
/// Bytes go to `.<name>.tmp.<writer>` in the same folder (`TemporaryName`); `publish` syncs it, renames it to its
/// final name and syncs the folder. An abandoned or failed writer removes its temporary file; what a killed one
/// leaves behind, the next writer of the same name removes once it is certain that nobody writes there.
public final class AtomicFile {
  public let path: String
  private let temporary: String
  private let folder: String
  private var descriptor: Int32

  /// Opens the temporary file, creating missing folders.
  ///
  /// Throws `FileError.io`, also if something that is not a regular file has the final name.
  public init(_ path: String) throws {
    self.path = path
    folder = parentFolder(of: path)
    let name = path.split(separator: "/").last.map(String.init) ?? ""
    temporary = folder + "/" + TemporaryName.new(for: name)
    descriptor = -1
    try Self.check(path)
    try createFolder(folder)
    TemporaryName.removeStale(of: name, in: folder)
    descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if descriptor < 0 { throw FileError.io(path: temporary, operation: "create", code: errno) }
  }

  /// Checks that a file could be written at a path, as far as what lies there tells: a stage asks before hours of
  /// work.
  /// - Throws: `FileError.io` for a folder, `.special` for a pipe, a socket or a device.
  package static func check(_ path: String) throws {
    let name = path.split(separator: "/").last ?? ""
    if name.isEmpty || name == ".." || name == "." {
      throw FileError.io(path: path, operation: "write", code: EISDIR)
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
      if errno == ELOOP { throw FileError.io(path: path, operation: "replace", code: ELOOP) }
      return
    }
    if status.st_mode & S_IFMT == S_IFREG { return }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw FileError.io(path: path, operation: "replace", code: EISDIR)
    }
    throw FileError.special(path: path, found: SystemMessage.kind(status.st_mode))
  }

  /// Appends bytes to the temporary file.
  public func write(_ bytes: UnsafeRawBufferPointer) throws {
    var done = 0
    while done < bytes.count {
      let count = Foundation.write(
        descriptor, bytes.baseAddress.map { $0 + done }, min(bytes.count - done, 1 << 26))
      if count < 0 {
        if errno == EINTR { continue }
        throw abandon("write")
      }
      done += count
    }
  }

  /// Gives the file its final name; afterwards it is complete and survives a power failure.
  /// - Parameter isDurable: false where thousands of small files are written that can simply be written again: then
  ///   they are whole or absent all the same, but nothing waits for the disk.
  public func publish(isDurable: Bool = true) throws {
    if isDurable, fsync(descriptor) != 0 { throw abandon("sync") }
    let closed = close(descriptor)
    descriptor = -1
    if closed != 0 || rename(temporary, path) != 0 {
      let code = errno
      unlink(temporary)
      throw FileError.io(path: path, operation: "write", code: code)
    }
    if isDurable { try syncFolder(folder) }
  }

  /// Removes the temporary file and says why.
  private func abandon(_ operation: String) -> FileError {
    let code = errno
    discard()
    return FileError.io(path: path, operation: operation, code: code)
  }

  private func discard() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporary)
    descriptor = -1
  }

  deinit { discard() }
}

/// Writes a whole file so that its name only ever stands for complete content.
///
/// Throws `FileError.io`; then nothing was left behind and an older file of the same name is untouched.
public func writeAtomically(_ bytes: [UInt8], to path: String, isDurable: Bool = true) throws {
  let file = try AtomicFile(path)
  try bytes.withUnsafeBytes { try file.write($0) }
  try file.publish(isDurable: isDurable)
}

/// The folder that holds a path: "a" for "a/b", "." for "b", "/" for "/b".
package func parentFolder(of path: String) -> String {
  guard let slash = path.lastIndex(of: "/") else { return "." }
  return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// Creates a folder and those above it.
package func createFolder(_ path: String) throws {
  if mkdir(path, 0o777) == 0 { return }
  if errno == ENOENT, path != parentFolder(of: path) {
    try createFolder(parentFolder(of: path))
    if mkdir(path, 0o777) == 0 { return }
  }
  var status = stat()
  if errno == EEXIST, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
  throw FileError.io(path: path, operation: "create the folder", code: errno == EEXIST ? ENOTDIR : errno)
}

/// Makes renames in a folder survive a power failure.
package func syncFolder(_ path: String) throws {
  let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  if descriptor < 0 { throw FileError.io(path: path, operation: "sync the folder", code: errno) }
  defer { close(descriptor) }
  // Some network file systems cannot sync a folder and say EINVAL; the rename itself is done.
  if fsync(descriptor) != 0, errno != EINVAL {
    throw FileError.io(path: path, operation: "sync the folder", code: errno)
  }
}
