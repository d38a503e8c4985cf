import Foundation
import Shards
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

  @Test func `leftovers of dead writers go, those of living ones stay`() throws {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(filePath: "/bin/true")
    try process.run()
    process.waitUntilExit()
    try write([0], to: folder.file(".a.tmp.\(process.processIdentifier)"))
    try write([0], to: folder.file(".a.tmp.1"))
    try write([0], to: folder.file(".b.tmp.\(process.processIdentifier)"))
    try writeAtomically([1], to: folder.file("a"))
    #expect(folder.names == [".a.tmp.1", ".b.tmp.\(process.processIdentifier)", "a"])
  }

  @Test func `what is not a regular file is never replaced`() throws {
    let folder = try TemporaryFolder()
    for path in [folder.path, "/dev/null", folder.file("a/.."), ""] {
      #expect(throws: ShardError.self) { try writeAtomically([1], to: path) }
    }
    try write([], to: folder.file("plain"))
    let error = #expect(throws: ShardError.self) { try writeAtomically([1], to: folder.file("plain/a")) }
    #expect(error?.exitCode == 74)
    #expect(folder.names == ["plain"])
  }
}
