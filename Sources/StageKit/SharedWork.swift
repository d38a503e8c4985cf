import ArgumentParser
import Files
import Foundation

/// Options of stages that make many outputs, together with other processes if they are told to.
public struct ClaimOptions: ParsableArguments, Sendable {
  @Flag(
    help: """
      Share the shards with other processes that are started alike, on any nodes: each makes those that no other \
      has claimed, until all are there.
      """)
  public var claim = false
  @Option(
    help: "With --claim: seconds without a sign of life after which another process's shard is taken over.")
  public var leaseSeconds: Double?

  public init() {}

  public func validate() throws {
    try requireOption(leaseSeconds, in: 0.5...86_400, "--lease-seconds")
    if leaseSeconds != nil, !claim { throw ValidationError("--lease-seconds goes with --claim.") }
  }

  /// Seconds that a process may be silent: some attribute caches of NFS keep for a minute what they have seen.
  var seconds: Double { leaseSeconds ?? 180 }
}

extension StageRun {
  /// Makes outputs one after the other; with `--claim` together with any number of processes that do the same.
  ///
  /// A shared output is made by who claims it, or found up to date by `make` itself. It ends when all are made, by whomever;
  /// so what a dead process had claimed is made by one of the living.
  ///
  /// - Parameters:
  ///   - outputs: their paths.
  ///   - make: makes one of them, unless it is up to date.
  /// - Throws: exit code 75 when a signal asked to stop, `FileError.io` where no claim can be made, and what `make` throws.
  public func each(_ outputs: [String], _ claims: ClaimOptions, _ make: (Int) throws -> Void) throws {
    guard claims.claim else {
      for index in outputs.indices {
        try StopRequest.check("the shards before \(outputs[index]) are done")
        try make(index)
      }
      return
    }
    for folder in Set(outputs.map { URL(filePath: $0).deletingLastPathComponent().relativePath }) {
      try createFolder(folder)
    }
    var watch = ClaimWatch(seconds: claims.seconds)
    // Processes that begin together begin in different places.
    let first = outputs.isEmpty ? 0 : abs(watch.owner.hashValue % outputs.count)
    var open = Array(outputs.indices[first...]) + Array(outputs.indices[..<first])
    while !open.isEmpty {
      var others: [Int] = []
      for index in open {
        try StopRequest.check("shards that are done are kept")
        let outcome = try watch.take(outputs[index]) {
          log.info(.note, "Taking \(outputs[index]) over: \($0) has shown no life for \(claims.seconds) s")
        }
        switch outcome {
        case .mine(let lease):
          defer { lease.release() }
          try make(index)
        case .others: others.append(index)
        }
      }
      if others.count == open.count { try pause(min(claims.seconds / 8, 5)) }
      open = others
    }
  }

  /// Waits for others.
  private func pause(_ seconds: Double) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while .now < end {
      try StopRequest.check("shards that are done are kept")
      usleep(50_000)
    }
  }
}
