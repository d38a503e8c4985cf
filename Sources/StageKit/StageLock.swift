import Files
import Foundation

/// Keeps a second process out of a folder while a stage works in it.
///
/// The lock is `flock` on the file `lock` in the folder, so it ends with the process however that ends. The
/// file names the holder for people. It stays behind on purpose: removing it would let two processes lock two
/// files.
public final class StageLock {
  private let descriptor: Int32

  /// Takes the lock, or throws exit code 75 with the holder's process id.
  public init(_ directory: String, stage: String) throws {
    try createFolder(directory)
    let path = directory + "/lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else { throw FileError.io(path: path, operation: "open", code: errno) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      let holder = Self.holder(path)
      close(descriptor)
      guard code == EWOULDBLOCK else { throw FileError.io(path: path, operation: "lock", code: code) }
      throw StageError(
        .interrupted,
        "\(directory) is in use by \(holder). Wait for it or stop it, then run the same command again."
      )
    }
    let text = Array("process \(getpid()) (\(stage)) on \(ProcessInfo.processInfo.hostName)\n".utf8)
    ftruncate(descriptor, 0)
    _ = text.withUnsafeBytes { pwrite(descriptor, $0.baseAddress, $0.count, 0) }
  }

  private static func holder(_ path: String) -> String {
    let text = String(decoding: (try? ReadableFile.bytes(of: path, atMost: 1 << 16)) ?? [], as: UTF8.self)
    let line = text.split(separator: "\n").first.map(String.init) ?? ""
    return line.isEmpty ? "another process" : line
  }

  deinit { close(descriptor) }
}
