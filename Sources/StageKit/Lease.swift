import Files
import Foundation
import Synchronization

/// A claim on the making of one output, which any process on any node that sees the folder respects.
///
/// It is a file beside the output, `<output>.claim-<n>`, that its holder creates exclusively and renews by writing another
/// number into it. Nobody's clock or process id is compared with another's: who finds a claim watches it, and takes it for
/// a dead process's when it has not changed for the lease's time on the watcher's own clock. Then the watcher creates the
/// file of the next number, which only one can; so a claim passes on without ever being deleted under a living holder, with
/// nothing but an exclusive creation, close-to-open consistency and `unlink`, which NFS has.
///
/// A holder that was only slow finds its claim passed on, and may end its work all the same: outputs appear whole, and both
/// write the same bytes.
package final class Lease: Sendable {
  /// Where the claims on an output lie.
  package static func path(of output: String, generation: Int) -> String { "\(output).claim-\(generation)" }

  private let output: String
  private let generation: Int
  private let isReleased = Atomic<Bool>(false)
  private let pause = NSCondition()

  /// Takes the claim of a generation, or gives nil if another process has it.
  /// - Parameter seconds: how long others wait for a sign of life.
  /// - Throws: `FileError.io` where none can be made.
  package init?(of output: String, generation: Int, owner: String, seconds: Double) throws {
    self.output = output
    self.generation = generation
    let path = Self.path(of: output, generation: generation)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    if descriptor < 0, errno == EEXIST { return nil }
    guard descriptor >= 0 else { throw FileError.io(path: path, operation: "create", code: errno) }
    guard Self.write(owner, beat: 0, to: descriptor) else {
      let code = errno
      close(descriptor)
      unlink(path)
      throw FileError.io(path: path, operation: "write", code: code)
    }
    close(descriptor)
    let thread = Thread { [self] in renew(path, owner, every: seconds / 4) }
    thread.name = "lease"
    thread.start()
  }

  /// Gives the claim up. Those of earlier generations go with it.
  package func release() {
    isReleased.store(true, ordering: .releasing)
    pause.lock()
    pause.signal()
    pause.unlock()
    for number in (0...generation).reversed() { unlink(Self.path(of: output, generation: number)) }
  }

  /// Writes again and again, so that others see that this process lives. The file is opened for each writing, as NFS shows
  /// others what was written before a file was closed. One that is gone was given up, or belongs to a folder that is gone.
  private func renew(_ path: String, _ owner: String, every seconds: Double) {
    var beat = 0
    pause.lock()
    defer { pause.unlock() }
    while !isReleased.load(ordering: .acquiring) {
      _ = pause.wait(until: Date(timeIntervalSinceNow: seconds))
      guard !isReleased.load(ordering: .acquiring) else { return }
      beat += 1
      let descriptor = open(path, O_WRONLY | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      _ = Self.write(owner, beat: beat, to: descriptor)
      close(descriptor)
    }
  }

  private static func write(_ owner: String, beat: Int, to descriptor: Int32) -> Bool {
    let line = Array("\(owner)\n\(String(format: "%012d", beat))\n".utf8)
    return pwrite(descriptor, line, line.count, 0) == line.count && fsync(descriptor) == 0
  }
}

/// What a process has seen of the claims of others.
package struct ClaimWatch {
  /// A claim as it was first seen in this state.
  private struct Seen {
    let generation: Int
    let content: [UInt8]
    let since: ContinuousClock.Instant
  }

  package enum Outcome {
    case mine(Lease)
    /// Another process has it and seems to live.
    case others
  }

  /// How this process calls itself: no other does, on any node and at any time.
  package let owner: String
  private let seconds: Double
  private var seen: [String: Seen] = [:]

  /// - Parameter seconds: how long a process may show no sign of life.
  package init(seconds: Double) {
    self.seconds = seconds
    owner = "process \(getpid()) on \(ProcessInfo.processInfo.hostName) (\(UUID().uuidString))"
  }

  /// Claims an output, if nobody has or whoever had it shows no life.
  ///
  /// - Parameter onTakeover: told whose claim passes on.
  /// - Throws: `FileError.io`.
  package mutating func take(_ output: String, onTakeover: (String) -> Void) throws -> Outcome {
    var generation = 0
    while access(Lease.path(of: output, generation: generation + 1), F_OK) == 0 { generation += 1 }
    guard let content = Self.content(Lease.path(of: output, generation: generation)) else {
      seen[output] = nil
      return try Lease(of: output, generation: generation, owner: owner, seconds: seconds).map { .mine($0) }
        ?? .others
    }
    let now = ContinuousClock.now
    guard let before = seen[output], before.generation == generation, before.content == content else {
      seen[output] = Seen(generation: generation, content: content, since: now)
      return .others
    }
    guard now - before.since > .seconds(seconds) else { return .others }
    seen[output] = nil
    guard let lease = try Lease(of: output, generation: generation + 1, owner: owner, seconds: seconds) else {
      return .others
    }
    onTakeover(String(decoding: content.prefix { $0 != 0x0A }, as: UTF8.self))
    return .mine(lease)
  }

  /// What a claim's file holds; nil if there is none.
  private static func content(_ path: String) -> [UInt8]? {
    try? ReadableFile.bytes(of: path, atMost: 1 << 12)
  }
}
