import Foundation

/// An open regular file that is read from start to end: what every reader of a file that a user names goes through.
///
/// Pipes, sockets and devices are refused, since they may never end or never begin; nothing waits for them.
package final class ReadableFile {
  package let path: String
  /// Bytes in the file when it was opened.
  package let size: Int
  /// Bytes not yet read.
  package var unread: Int { max(size - position, 0) }
  private var position = 0
  private let descriptor: Int32

  /// Throws `FileError.missing`, `.special` if it is no regular file, or `.io` if it cannot be opened.
  package init(_ path: String) throws {
    // Without O_NONBLOCK, opening a pipe waits until somebody writes to it.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    if descriptor < 0 {
      let code = errno
      if code == ENOENT || code == ENOTDIR { throw FileError.missing(path: path) }
      var status = stat()
      if code == ENXIO, stat(path, &status) == 0 {
        throw FileError.special(path: path, found: SystemMessage.kind(status.st_mode))
      }
      throw FileError.io(path: path, operation: "open", code: code)
    }
    var status = stat()
    let failed = fstat(descriptor, &status) != 0
    if failed || status.st_mode & S_IFMT != S_IFREG {
      let code = errno
      close(descriptor)
      if failed { throw FileError.io(path: path, operation: "read", code: code) }
      if status.st_mode & S_IFMT == S_IFDIR {
        throw FileError.io(path: path, operation: "read", code: EISDIR)
      }
      throw FileError.special(path: path, found: SystemMessage.kind(status.st_mode))
    }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    self.path = path
    self.descriptor = descriptor
    size = Int(status.st_size)
  }

  deinit { close(descriptor) }

  /// Fills as much of the buffer as the file still has and returns how many bytes that were.
  package func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    var done = 0
    while done < buffer.count {
      let count = Foundation.read(
        descriptor, buffer.baseAddress.map { $0 + done }, min(buffer.count - done, 1 << 26))
      if count == 0 { break }
      if count < 0 {
        if errno == EINTR { continue }
        throw FileError.io(path: path, operation: "read", code: errno)
      }
      done += count
      position += count
    }
    return done
  }

  /// Up to `count` next bytes.
  package func read(_ count: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = try read(into: UnsafeMutableRawBufferPointer(buffer))
    }
  }

  /// Maps the whole file into memory, read-only, for whoever unmaps it; an empty file gives an empty buffer.
  package func map() throws -> UnsafeRawBufferPointer {
    if size == 0 { return UnsafeRawBufferPointer(start: nil, count: 0) }
    let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let address, address != MAP_FAILED else {
      throw FileError.io(path: path, operation: "map", code: errno)
    }
    return UnsafeRawBufferPointer(start: address, count: size)
  }

  /// `count` bytes from a position on, which does not move what `read` reads next; fewer where the file ends.
  package func read(_ count: Int, at offset: Int) throws -> [UInt8] {
    try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count {
        let got = pread(
          descriptor, buffer.baseAddress.map { $0 + filled }, min(count - filled, 1 << 26),
          off_t(offset + filled))
        if got == 0 { break }
        if got < 0 {
          if errno == EINTR { continue }
          throw FileError.io(path: path, operation: "read", code: errno)
        }
        filled += got
      }
    }
  }

  /// All bytes of a file.
  ///
  /// - Parameter limit: the most that such a file can sensibly hold.
  /// - Throws: `FileError.oversized` for a larger one, before anything is read.
  package static func bytes(of path: String, atMost limit: Int = 1 << 32) throws -> [UInt8] {
    let file = try ReadableFile(path)
    guard file.size <= limit else {
      throw FileError.oversized(path: path, found: file.size, limit: limit)
    }
    return try file.read(file.size)
  }

  /// SHA-256 of a file's bytes, however large it is.
  package static func hash(of path: String) throws -> String {
    let file = try ReadableFile(path)
    var hash = SHA256()
    while true {
      let part = try file.read(1 << 20)
      if part.isEmpty { return hash.hex() }
      hash.update(part)
    }
  }
}

/// Whether something lies at a path, a link that leads nowhere included: then reading it says what is wrong.
package func exists(_ path: String) -> Bool {
  var status = stat()
  return lstat(path, &status) == 0
}

/// Whether a folder lies at a path.
package func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}
