import Foundation

/// An open file that is read from start to end.
package final class ReadableFile {
  package let path: String
  /// Bytes in the file when it was opened.
  package let size: Int
  /// Bytes not yet read.
  package var unread: Int { max(size - position, 0) }
  private var position = 0
  private let descriptor: Int32

  /// Throws `ShardError.missing`, or `.io` if it cannot be opened or is not a regular file.
  package init(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 {
      if errno == ENOENT || errno == ENOTDIR { throw ShardError.missing(path: path) }
      throw ShardError.io(path: path, operation: "open", code: errno)
    }
    var status = stat()
    let failed = fstat(descriptor, &status) != 0
    if failed || status.st_mode & S_IFMT != S_IFREG {
      let code = failed ? errno : (status.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL)
      close(descriptor)
      throw ShardError.io(path: path, operation: "read", code: code)
    }
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
        throw ShardError.io(path: path, operation: "read", code: errno)
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
      throw ShardError.io(path: path, operation: "map", code: errno)
    }
    return UnsafeRawBufferPointer(start: address, count: size)
  }

  /// All bytes of a file.
  package static func bytes(of path: String) throws -> [UInt8] {
    let file = try ReadableFile(path)
    return try file.read(file.size)
  }
}
