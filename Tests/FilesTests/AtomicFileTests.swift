import Files
import Foundation
import TestSupport
import Testing

@Suite struct AtomicFileTests {
  @Test func `a file appears with its whole content and nothing beside it`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("new/sub/a.txt")
    try writeAtomically(Array("old".utf8), to: path)
    try writeAtomically(Array("new".utf8), to: path)
    #expect(try bytes(of: path) == Array("new".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.file("new/sub")) == ["a.txt"])
  }

  @Test func `an abandoned writer leaves the old file and no other`() throws {
    let folder = try TemporaryFolder()
    try writeAtomically([1], to: folder.file("a"))
    do {
      let file = try AtomicFile(folder.file("a"))
      try [UInt8](repeating: 2, count: 100).withUnsafeBytes { try file.write($0) }
      #expect(folder.names.count == 2)
    }
    #expect(folder.names == ["a"])
    #expect(try bytes(of: folder.file("a")) == [1])
  }

  /// The name of the temporary file of a writer of "a", and what follows `.tmp.` in it by its parts.
  private func temporary(in folder: TemporaryFolder) throws -> (name: String, parts: [String]) {
    let file = try AtomicFile(folder.file("a"))
    let name = try #require(folder.names.first { $0.hasPrefix(".a.tmp.") })
    withExtendedLifetime(file) {}
    return (name, name.dropFirst(".a.tmp.".count).split(separator: ".").map(String.init))
  }

  @Test func `leftovers of dead writers of this system go, those of living ones stay`() throws {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(filePath: "/bin/true")
    try process.run()
    process.waitUntilExit()
    let dead = process.processIdentifier
    let (_, parts) = try temporary(in: folder)
    #expect(parts.count == 4 && parts[2] == "\(getpid())")
    let system = "\(parts[0]).\(parts[1])"
    // The same number of a process, but of another one that had it before; and another writer of this one.
    let (older, other) = ("\(getpid()).0000000000000000", "\(getpid()).\(parts[3].prefix(8))ffffffff")
    for writer in ["\(dead).1234567812345678", "1.1234567812345678", older, other] {
      try write([0], to: folder.file(".a.tmp.\(system).\(writer)"))
    }
    try write([0], to: folder.file(".b.tmp.\(system).\(dead).1234567812345678"))
    try writeAtomically([1], to: folder.file("a"))
    #expect(
      folder.names
        == [
          ".a.tmp.\(system).1.1234567812345678", ".a.tmp.\(system).\(other)",
          ".b.tmp.\(system).\(dead).1234567812345678", "a",
        ].sorted())
  }

  @Test func `another system's writers are judged by age, not by this one's processes`() throws {
    let folder = try TemporaryFolder()
    // No process has this number, on whichever system it was given.
    let foreign = ["cluster7.0badcafe.4194303.1234567812345678", "4194303"]
    for writer in foreign {
      for age in [0, 2, 4] {
        let path = folder.file(".\(age).tmp.\(writer)")
        try write([0], to: path)
        let time = timeval(tv_sec: time(nil) - age * 86_400 - 60, tv_usec: 0)
        try #require(utimes(path, [time, time]) == 0)
      }
    }
    for age in [0, 2, 4] { try writeAtomically([1], to: folder.file("\(age)")) }
    let left = foreign.flatMap { writer in [0, 2].map { ".\($0).tmp.\(writer)" } }
    #expect(folder.names == (left + ["0", "2", "4"]).sorted())
  }

  @Test func `two writers of one name do not meet, and a long name has room for its writer`() throws {
    let folder = try TemporaryFolder()
    let (one, two) = (try AtomicFile(folder.file("a")), try AtomicFile(folder.file("a")))
    try [UInt8]([1]).withUnsafeBytes { try one.write($0) }
    try [UInt8]([2]).withUnsafeBytes { try two.write($0) }
    try two.publish()
    try one.publish()
    #expect(try bytes(of: folder.file("a")) == [1])
    let long = String(repeating: "ü", count: 120)
    try writeAtomically([3], to: folder.file(long))
    #expect(try bytes(of: folder.file(long)) == [3])
    #expect(folder.names.count == 2)
  }

  @Test func `a pipe is no place to write to`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("pipe")
    try #require(mkfifo(path, 0o600) == 0)
    #expect(throws: FileError.special(path: path, found: "a named pipe (FIFO)")) {
      try writeAtomically([1], to: path)
    }
    #expect(folder.names == ["pipe"])
  }

  @Test func `what is not a regular file is never replaced`() throws {
    let folder = try TemporaryFolder()
    for path in [folder.path, "/dev/null", folder.file("a/.."), ""] {
      #expect(throws: FileError.self) { try writeAtomically([1], to: path) }
    }
    try write([], to: folder.file("plain"))
    let error = #expect(throws: FileError.self) { try writeAtomically([1], to: folder.file("plain/a")) }
    #expect(error?.exitCode == 74)
    #expect(folder.names == ["plain"])
  }
}
