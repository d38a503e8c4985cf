import Files
import Foundation
import TestSupport
import Testing

/// Makes a named pipe.
private func makePipe(_ path: String) throws { try #require(mkfifo(path, 0o600) == 0) }

/// Makes a socket that nobody serves.
private func makeSocket(_ path: String) throws {
  let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  try #require(path.utf8.count < 100, "a socket's path is short")
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
  let bound = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
  try #require(bound == 0)
}

@Suite struct ReadableFileTests {
  private func failure(_ path: String) -> FileError? {
    #expect(throws: FileError.self) { try ReadableFile.bytes(of: path) }
  }

  @Test(.timeLimit(.minutes(30))) func `pipes, sockets and devices are refused at once and by name`() throws {
    let folder = try TemporaryFolder()
    let (pipe, socket) = (folder.file("p"), folder.file("s"))
    try makePipe(pipe)
    try makeSocket(socket)
    #expect(failure(pipe) == .special(path: pipe, found: "a named pipe (FIFO)"))
    #expect(failure(socket) == .special(path: socket, found: "a socket"))
    #expect(failure("/dev/zero") == .special(path: "/dev/zero", found: "a device"))
    #expect(failure(pipe)?.exitCode == 74)
    #expect(
      failure(pipe)?.description
        == "\(pipe) is a named pipe (FIFO), expected a regular file. Write what it gives to a file first, or "
        + "correct the path.")
  }

  @Test func `a folder and a link to itself are refused in words`() throws {
    let folder = try TemporaryFolder()
    let loop = folder.file("loop")
    try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: loop)
    #expect(failure(folder.path) == .io(path: folder.path, operation: "read", code: EISDIR))
    #expect(failure(loop) == .io(path: loop, operation: "open", code: ELOOP))
    #expect(failure(loop)?.description.contains("a link that leads back to itself") == true)
    #expect(failure(folder.file("none")) == .missing(path: folder.file("none")))
  }

  @Test func `a file larger than anything sensible is refused before memory is asked for`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("huge")
    try write([], to: path)
    // A hole takes no room on the disk.
    try #require(truncate(path, 1 << 40) == 0)
    #expect(failure(path) == .oversized(path: path, found: 1 << 40, limit: 1 << 32))
    #expect(failure(path)?.exitCode == 65)
  }

  @Test func `parts and hashes are those of the whole file`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a")
    let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7919) }
    try write(content, to: path)
    let file = try ReadableFile(path)
    #expect(try file.read(4) == Array(content[..<4]))
    #expect(try file.read(10, at: 2_000_000) == Array(content[2_000_000..<2_000_010]))
    #expect(try file.read(10, at: 2_999_995) == Array(content[2_999_995...]))
    #expect(try file.read(4) == Array(content[4..<8]))
    #expect(try ReadableFile.hash(of: path) == SHA256.hex(content))
  }
}
