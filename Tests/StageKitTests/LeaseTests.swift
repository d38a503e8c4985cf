import Foundation
import StageKit
import Synchronization
import TestSupport
import Testing

@Suite struct LeaseTests {
  private static func isMine(_ outcome: ClaimWatch.Outcome) -> Lease? {
    if case .mine(let lease) = outcome { lease } else { nil }
  }

  /// Watches an output for some time, and takes it if that is possible.
  private static func watch(_ output: String, for seconds: Double, lease: Double) throws -> (
    lease: Lease?, from: String, after: Double
  ) {
    var watch = ClaimWatch(seconds: lease)
    let start = ContinuousClock.now
    var from = ""
    while ContinuousClock.now - start < .seconds(seconds) {
      if let mine = isMine(try watch.take(output) { from = $0 }) {
        return (mine, from, (ContinuousClock.now - start) / .seconds(1))
      }
      usleep(10_000)
    }
    return (nil, "", seconds)
  }

  @Test func `one of many gets a claim, and another when it is given up`() throws {
    let folder = try TemporaryFolder()
    let output = folder.file("a.shard")
    for round in 0..<20 {
      let winners = Mutex<[Lease]>([])
      DispatchQueue.concurrentPerform(iterations: 8) { _ in
        var watch = ClaimWatch(seconds: 60)
        if let lease = (try? watch.take(output) { _ in }).flatMap(Self.isMine) {
          winners.withLock { $0.append(lease) }
        }
      }
      let found = winners.withLock { $0 }
      #expect(found.count == 1, "round \(round)")
      for lease in found { lease.release() }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }

  @Test func `a claim that is there is nobody else's`() throws {
    let folder = try TemporaryFolder()
    let output = folder.file("a.shard")
    let lease = try #require(try Lease(of: output, generation: 0, owner: "first", seconds: 60))
    #expect(try Lease(of: output, generation: 0, owner: "second", seconds: 60) == nil)
    let content = try String(contentsOfFile: Lease.path(of: output, generation: 0), encoding: .utf8)
    #expect(content.hasPrefix("first\n"))
    lease.release()
  }

  @Test func `who lives keeps a claim, whatever the clocks of files say`() throws {
    let folder = try TemporaryFolder()
    let output = folder.file("a.shard")
    var first = ClaimWatch(seconds: 0.4)
    let lease = try #require(Self.isMine(try first.take(output) { _ in }))
    // A clock of yesterday.
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -86_400)],
      ofItemAtPath: Lease.path(of: output, generation: 0))
    #expect(try Self.watch(output, for: 1.5, lease: 0.4).lease == nil)
    lease.release()
    #expect(try Self.watch(output, for: 0.5, lease: 0.4).lease != nil)
  }

  @Test func `a claim without life is taken over once, after the lease's time on the watcher's clock`() throws
  {
    let folder = try TemporaryFolder()
    let output = folder.file("a.shard")
    // Of a node whose clock is of tomorrow.
    let claim = Lease.path(of: output, generation: 0)
    try Data("process 7 on node9 (x)\n000000000004\n".utf8).write(to: URL(filePath: claim))
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: 86_400)], ofItemAtPath: claim)
    let found = Mutex<[(lease: Lease, from: String, after: Double)]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      guard let one = try? Self.watch(output, for: 1.5, lease: 0.5), let lease = one.lease else { return }
      found.withLock { $0.append((lease, one.from, one.after)) }
    }
    let takers = found.withLock { $0 }
    #expect(takers.count == 1)
    #expect(takers.first?.from == "process 7 on node9 (x)" && takers[0].after > 0.5)
    // An empty file is one that its writer died over.
    takers.first?.lease.release()
    #expect(!FileManager.default.fileExists(atPath: claim))
    try Data().write(to: URL(filePath: claim))
    #expect(try Self.watch(output, for: 0.3, lease: 0.5).lease == nil)
    #expect(try Self.watch(output, for: 1.5, lease: 0.5).lease != nil)
  }

  @Test func `where no claim can be made, the reason is told`() throws {
    var watch = ClaimWatch(seconds: 1)
    #expect(throws: (any Error).self) { try watch.take("/nowhere/a.shard") { _ in } }
  }
}
