import Foundation

/// Bytes that come piece by piece and are read back in their sequence, with no more than a piece in memory.
///
/// What is more lies in a file without a name in the folder of the result: nothing is left of it, however the process
/// ends.
package final class ByteSpool {
  private let folder: String
  private let name: String
  private var descriptor: Int32 = -1
  /// Bytes in the file; those after them are in `rest`.
  private var stored = 0
  private var rest: [UInt8] = []

  /// Bytes from which on they go to the file.
  private static let pieceBytes = 1 << 20

  /// - Parameter path: the result that the bytes are for.
  package init(for path: String) {
    folder = parentFolder(of: path)
    name = path.split(separator: "/").last.map(String.init) ?? ""
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Bytes in all.
  package var count: Int { stored + rest.count }

  /// - Throws: `FileError.io` where the disk takes no more.
  package func append(_ bytes: UnsafeRawBufferPointer) throws {
    rest.append(contentsOf: bytes)
    guard rest.count >= Self.pieceBytes else { return }
    try open()
    var done = 0
    while done < rest.count {
      let count = rest.withUnsafeBytes {
        pwrite(descriptor, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(stored + done))
      }
      if count < 0 && errno == EINTR { continue }
      if count < 0 { throw FileError.io(path: folder + "/" + name, operation: "write", code: errno) }
      done += count
    }
    stored += rest.count
    rest.removeAll(keepingCapacity: true)
  }

  /// Calls `body` with all bytes in their sequence, some at a time.
  /// - Throws: `FileError.io`, and what `body` throws.
  package func forEachPiece(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    var piece = [UInt8](repeating: 0, count: min(Self.pieceBytes, stored))
    var done = 0
    while done < stored {
      let count = piece.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress, min($0.count, stored - done), off_t(done))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        throw FileError.io(
          path: folder + "/" + name, operation: "read what is to go into", code: count < 0 ? errno : EIO)
      }
      try piece.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      done += count
    }
    try rest.withUnsafeBytes(body)
  }

  /// Opens the file and takes its name away.
  private func open() throws {
    guard descriptor < 0 else { return }
    try createFolder(folder)
    let temporary = folder + "/" + TemporaryName.new(for: name)
    descriptor = Foundation.open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw FileError.io(path: temporary, operation: "create", code: errno) }
    unlink(temporary)
  }
}
