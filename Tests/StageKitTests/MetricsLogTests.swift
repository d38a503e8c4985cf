import Foundation
import Shards
import StageKit
import TestSupport
import Testing

private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

@Test func `metrics are lines of JSON and of CSV with the same numbers`() throws {
  let folder = try TemporaryFolder()
  let log = try MetricsLog(directory: folder.path, columns: ["loss", "rate"], resumingAfter: 0)
  try log.write(step: 1, ["loss": 3.5, "rate": 0.1])
  try log.write(step: 2, ["loss": 3.25])
  #expect(
    try text(folder.file("metrics.jsonl"))
      == "{\"loss\":3.5,\"rate\":0.1,\"step\":1}\n{\"loss\":3.25,\"step\":2}\n")
  #expect(try text(folder.file("metrics.csv")) == "step,loss,rate\n1,3.5,0.1\n2,3.25,\n")
}

@Test func `resuming cuts the metrics back to the checkpoint and drops an unfinished line`() throws {
  let folder = try TemporaryFolder()
  do {
    let log = try MetricsLog(directory: folder.path, columns: ["loss"], resumingAfter: 0)
    for step in 1...5 { try log.write(step: step, ["loss": Double(step)]) }
  }
  let whole = try text(folder.file("metrics.jsonl"))
  let csv = try text(folder.file("metrics.csv"))
  let handle = try #require(FileHandle(forWritingAtPath: folder.file("metrics.jsonl")))
  try handle.seekToEnd()
  try handle.write(contentsOf: Data("{\"loss\":6".utf8))
  try handle.close()
  let log = try MetricsLog(directory: folder.path, columns: ["loss"], resumingAfter: 3)
  #expect(try text(folder.file("metrics.csv")) == "step,loss\n1,1.0\n2,2.0\n3,3.0\n")
  for step in 4...5 { try log.write(step: step, ["loss": Double(step)]) }
  #expect(try text(folder.file("metrics.jsonl")) == whole)
  #expect(try text(folder.file("metrics.csv")) == csv)
  #expect(MetricsLog.entries(folder.file("metrics.jsonl")).count == 5)
}

@Test func `starting over starts with empty metrics`() throws {
  let folder = try TemporaryFolder()
  try MetricsLog(directory: folder.path, columns: ["loss"], resumingAfter: 0).write(step: 1, ["loss": 1])
  _ = try MetricsLog(directory: folder.path, columns: ["loss"], resumingAfter: 0)
  #expect(try text(folder.file("metrics.jsonl")).isEmpty)
}
