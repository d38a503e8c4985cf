import ArgumentParser
import Files
import Foundation
import Shards
import StageKit
import TestSupport
import Testing

private func options(_ arguments: String...) throws -> StageOptions {
  try StageOptions.parse(arguments + ["--quiet"])
}

private let input = Provenance.Input(role: "tokens", name: "tokens-00000-of-00001.shard", contentID: "ab")

private func writeOrders(_ path: String) throws -> String {
  let table = OrderTable(
    sampleIDs: [7], orders: [1, 0, 3, 2], confidences: [0.5, 0.5, 0.5, 1], gridHeight: 2, gridWidth: 2,
    tokensContentID: "ab", modelContentID: "cd")
  return try table.write(
    to: path, provenance: Provenance(stage: "test", algorithm: 1, configID: "c1", seed: 0, inputs: [input]))
}

@Test func `an output is up to date only with the same stage, algorithm, settings and inputs`() throws {
  let folder = try TemporaryFolder()
  let path = folder.file("orders-00000-of-00001.shard")
  func check(
    _ inputs: [Provenance.Input], stage: String = "test", algorithm: Int = 1, config: String = "c1"
  ) -> Bool {
    UpToDate.check(path, origin(stage, algorithm, config, inputs))
  }
  #expect(!check([input]))
  _ = try writeOrders(path)
  #expect(check([input]))
  #expect(!check([input], stage: "other"))
  #expect(!check([input], algorithm: 2))
  #expect(!check([input], config: "c2"))
  #expect(!check([]))
  var bytes = Array(try Data(contentsOf: URL(filePath: path)))
  bytes[bytes.count - 6] ^= 1
  try Data(bytes).write(to: URL(filePath: path))
  #expect(!check([input]))
}

private func origin(
  _ stage: String, _ algorithm: Int, _ configID: String, _ inputs: [Provenance.Input]
) -> Provenance {
  Provenance(stage: stage, algorithm: algorithm, configID: configID, seed: 0, inputs: inputs)
}

@Test func `damage far behind the header is noticed`() throws {
  let folder = try TemporaryFolder()
  let path = folder.file("orders-00000-of-00001.shard")
  // More than is read at a time, so that the header is found without meeting the damage.
  let count = 400_000
  let table = OrderTable(
    sampleIDs: (0..<UInt64(count)).map { $0 &* 0x9E37_79B9_7F4A_7C15 },
    orders: (0..<count).flatMap { $0 % 3 == 0 ? [1, 0] : [0, 1] as [UInt16] },
    confidences: (0..<2 * count).map { Float($0 * 7919 % 65_536) / 65_536 }, gridHeight: 1, gridWidth: 2,
    tokensContentID: "ab", modelContentID: "cd")
  let provenance = Provenance(stage: "test", algorithm: 1, configID: "c1", seed: 0, inputs: [input])
  _ = try table.write(to: path, provenance: provenance)
  func check() -> Bool {
    UpToDate.check(path, origin("test", 1, "c1", [input]))
  }
  #expect(check())
  var bytes = Array(try Data(contentsOf: URL(filePath: path)))
  #expect(bytes.count > 3 << 20)
  bytes[bytes.count * 3 / 4] ^= 1
  try Data(bytes).write(to: URL(filePath: path))
  #expect(try ShardHeader.peek(path).records == count)
  #expect(!check())
}

@Test func `a result in JSON is up to date by its provenance`() throws {
  let folder = try TemporaryFolder()
  let path = folder.file("scores.json")
  let provenance = Provenance(stage: "score", algorithm: 1, configID: "c1", seed: 0, inputs: [input])
  let value: JSONValue = ["frechet": 1.5, "provenance": try JSONValue(encoding: provenance)]
  try Data(value.text.utf8).write(to: URL(filePath: path))
  #expect(UpToDate.checkJSON(path, origin("score", 1, "c1", [input])))
  #expect(!UpToDate.checkJSON(path, origin("score", 1, "c2", [input])))
  #expect(
    !UpToDate.checkJSON(folder.file("none.json"), origin("score", 1, "c1", [])))
}

@Test func `a stage skips what is unchanged unless forced, and touches it`() throws {
  let folder = try TemporaryFolder()
  let path = folder.file("orders-00000-of-00001.shard")
  _ = try writeOrders(path)
  utimensToYear2001(path)
  func isMade(_ arguments: String...) throws -> Bool {
    var result = false
    try runStage("test", StageOptions.parse(arguments + ["--quiet"])) { stage in
      try stage.make(path, stage.provenance(algorithm: 1, configID: "c1", inputs: [input])) {
        result = true
        return MadeOutput(contentID: "", count: 1, unit: "images")
      }
    }
    return result
  }
  #expect(try isMade("--force"))
  #expect(try !isMade("--dry-run", "--force"))
  #expect(modificationTime(path) < 1_100_000_000)
  #expect(try !isMade())
  #expect(modificationTime(path) > 1_100_000_000)
}

@Test func `every error ends in its exit code`() throws {
  func code(_ error: any Error) throws -> Int32 {
    do { try runStage("test", options()) { _ in throw error } } catch let exit as ExitCode {
      return exit.rawValue
    }
    return 0
  }
  struct Described: Error, CustomStringConvertible { let description = "Something is odd. Look at it." }
  struct Plain: Error {}
  #expect(try code(StageError(.interrupted, "Stopped.")) == 75)
  #expect(try code(FileError.missing(path: "x.shard")) == 66)
  #expect(try code(FileError.io(path: "x.shard", operation: "write", code: ENOSPC)) == 74)
  #expect(try code(Described()) == 65)
  #expect(try code(Plain()) == 70)
  #expect(try code(CocoaError(.fileReadNoPermission)) == 74)
}

@Test func `the run record lies beside the output and holds what the output must not`() throws {
  let folder = try TemporaryFolder()
  let path = folder.file("orders-00000-of-00001.shard")
  let contentID = try writeOrders(path)
  try runStage("test", options("--threads", "3")) { stage in
    stage.record("blas_core", "Haswell")
    try stage.wrote(path, MadeOutput(contentID: contentID, count: 1, unit: "images"))
  }
  let data = try Data(contentsOf: URL(filePath: folder.file("orders-00000-of-00001.run.json")))
  let record = try JSONValue(parsing: Array(data))
  #expect(record["content_id"] == .string(contentID))
  #expect(record["blas_core"] == "Haswell")
  #expect(record["threads"] == 3)
  #expect((record["peak_memory_bytes"]?.int ?? 0) > 1_000_000)
  #expect(record["finished"]?.string?.hasSuffix("Z") == true)
}

@Test func `a second process on the same folder is refused and told who holds it`() throws {
  let folder = try TemporaryFolder()
  let held = try StageLock(folder.file("distill"), stage: "distill")
  do {
    _ = try StageLock(folder.file("distill"), stage: "distill")
    Issue.record("the second lock was granted")
  } catch let error as StageError {
    #expect(error.exit == .interrupted)
    #expect(error.description.contains("is in use by process \(getpid()) (distill)"))
  }
  withExtendedLifetime(held) {}
}

@Test func `a lock ends with its holder`() throws {
  let folder = try TemporaryFolder()
  do { _ = try StageLock(folder.path, stage: "a") }
  _ = try StageLock(folder.path, stage: "b")
}

@Test(arguments: [
  (0.04, "0.0 s"), (9.94, "9.9 s"), (42.4, "42 s"), (192.0, "3 min 12 s"), (7500.0, "2 h 05 min"),
])
func `durations read naturally`(seconds: Double, text: String) {
  #expect(HumanText.duration(seconds) == text)
}

@Test(arguments: [(12, "12 B"), (1234, "1.2 kB"), (41_000_000, "41 MB"), (9_949_000_000, "9.9 GB")])
func `sizes read naturally`(count: Int, text: String) { #expect(HumanText.bytes(count) == text) }

@Test func `threads are all cores unless given, and bad options are refused`() throws {
  #expect(try StageOptions.parse([]).threadCount >= 1)
  #expect(try StageOptions.parse(["--threads", "5"]).threadCount == 5)
  #expect(throws: (any Error).self) { try StageOptions.parse(["--threads", "0"]) }
  #expect(throws: (any Error).self) { try StageOptions.parse(["--quiet", "--verbose"]) }
}

private func modificationTime(_ path: String) -> Int {
  var status = stat()
  return stat(path, &status) == 0 ? status.st_mtim.tv_sec : 0
}

private func utimensToYear2001(_ path: String) {
  var times = [timeval(tv_sec: 1_000_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000_000, tv_usec: 0)]
  utimes(path, &times)
}
