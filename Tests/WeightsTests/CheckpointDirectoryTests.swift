import Formats
import Foundation
import Shards
import TestSupport
import Testing
import Weights

@Suite struct CheckpointDirectoryTests {
  private struct State: Codable, Equatable, Sendable {
    var epoch: Int
    var best: Double
  }

  private let provenance = Provenance(stage: "train-anyorder", algorithm: 1, configID: "abc", seed: 1)

  private func table(_ value: Float) -> WeightsTable {
    WeightsTable(tensors: [NamedTensor("w", shape: [2], values: [value, 1])], model: [:])
  }

  private func save(_ directory: CheckpointDirectory, _ step: Int) throws {
    try directory.save(
      step: step, shards: ["weights": table(Float(step)), "optimizer": table(-Float(step))],
      state: State(epoch: step, best: 0.1), provenance: provenance)
  }

  @Test func `the newest of the last two comes back`() throws {
    let folder = try TemporaryFolder()
    let directory = CheckpointDirectory(folder.file("checkpoints"))
    #expect(directory.latest(State.self) == nil)
    for step in [10, 20, 30] { try save(directory, step) }
    #expect(directory.steps == [20, 30])
    let latest = try #require(directory.latest(State.self))
    #expect(latest.step == 30 && latest.configID == "abc" && latest.state == State(epoch: 30, best: 0.1))
    #expect(try latest.table("weights") == table(30) && latest.table("optimizer") == table(-30))
    #expect(throws: FormatError.self) { try latest.table("momentum") }
    directory.removeAll()
    #expect(directory.steps.isEmpty)
  }

  @Test(arguments: ["weights.shard", "optimizer.shard", "state.json"])
  func `a damaged file sends the reader to the one before`(name: String) throws {
    let folder = try TemporaryFolder()
    let directory = CheckpointDirectory(folder.path)
    for step in [1, 2] { try save(directory, step) }
    let url = URL(filePath: folder.file("step-00000002/" + name))
    try Data(try Data(contentsOf: url).dropLast(9)).write(to: url)
    var notes: [String] = []
    #expect(directory.latest(State.self, onDamage: { notes.append($0) })?.step == 1)
    #expect(notes.count == 1 && notes[0].contains("step-00000002"))
  }

  @Test func `a file of another checkpoint is noticed`() throws {
    let folder = try TemporaryFolder()
    let directory = CheckpointDirectory(folder.path)
    for step in [1, 2] { try save(directory, step) }
    try Data(contentsOf: URL(filePath: folder.file("step-00000001/weights.shard")))
      .write(to: URL(filePath: folder.file("step-00000002/weights.shard")))
    #expect(directory.latest(State.self)?.step == 1)
  }

  @Test func `a checkpoint under another step's name is noticed`() throws {
    let folder = try TemporaryFolder()
    let directory = CheckpointDirectory(folder.path)
    for step in [1, 2] { try save(directory, step) }
    try FileManager.default.moveItem(
      atPath: folder.file("step-00000002"), toPath: folder.file("step-00000007"))
    var notes: [String] = []
    #expect(directory.latest(State.self, onDamage: { notes.append($0) })?.step == 1)
    #expect(notes.count == 1 && notes[0].contains("step-00000007"))
  }

  @Test func `half-written checkpoints are passed over and removed by the next`() throws {
    let folder = try TemporaryFolder()
    let directory = CheckpointDirectory(folder.path)
    try save(directory, 5)
    let partial = folder.file(".step-00000006.tmp")
    try FileManager.default.createDirectory(atPath: partial, withIntermediateDirectories: true)
    #expect(directory.latest(State.self)?.step == 5)
    try save(directory, 6)
    #expect(folder.names == ["step-00000005", "step-00000006"])
  }

  @Test func `a step that is written again replaces the old one`() throws {
    let folder = try TemporaryFolder()
    let directory = CheckpointDirectory(folder.path)
    try save(directory, 5)
    try directory.save(
      step: 5, shards: ["weights": table(9)], state: State(epoch: 0, best: 0), provenance: provenance)
    #expect(try directory.latest(State.self)?.table("weights") == table(9))
  }

  @Test func `a state of another shape is not guessed`() throws {
    let folder = try TemporaryFolder()
    let directory = CheckpointDirectory(folder.path)
    try directory.save(step: 1, shards: [:], state: ["epoch": 1], provenance: provenance)
    #expect(directory.latest(State.self) == nil)
  }
}
