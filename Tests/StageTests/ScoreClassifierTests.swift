import Files
import Foundation
import Images
import TestSupport
import Testing

/// `score classifier fit` and its features, on shapes that are drawn here.
@Suite struct ScoreClassifierTests {
  let place: TemporaryFolder

  init() throws {
    place = try TemporaryFolder()
    try write(epochs: 2)
  }

  private func write(epochs: Int) throws {
    let settings: JSONValue = [
      "algorithm": 2,
      "data": [
        "source": "shapes", "path": "", "seed": 3, "trainImages": 96, "testImages": 40, "size": 12,
        "channels": 1,
      ],
      "classifier": [
        "channels": 4, "multipliers": [1, 2], "residualBlocks": 1, "groups": 2, "epochs": .integer(epochs),
        "batch": 16, "learningRate": 0.01, "finalRate": 0.1, "warmup": 2, "weightDecay": 0.01, "clip": 1,
        "seed": 1,
      ],
    ]
    let snake = settings.text.replacing(/([a-z])([A-Z])/) { "\($0.1)_\($0.2.lowercased())" }
    try snake.write(to: place.url("c.json"), atomically: true, encoding: .utf8)
  }

  private func score(_ arguments: String...) throws -> Command.Result {
    try Command.run([Workplace.binaries + "/score"] + arguments, in: place.path)
  }

  private func fit(_ out: String, _ more: String...) throws -> Command.Result {
    try Command.run(
      [Workplace.binaries + "/score", "classifier", "fit", "--config", "c.json", "--out", out] + more,
      in: place.path)
  }

  @Test func `a classifier that is stopped and continued has the bytes of one that was not`() throws {
    let whole = try fit("whole/model.shard", "--threads", "1")
    #expect(whole.code == 0 && whole.error.contains("40 test images:"), "\(whole.text)")
    #expect(try fit("whole/model.shard").error.contains("unchanged"))
    try write(epochs: 30)
    let reference = try fit("long/model.shard")
    #expect(reference.code == 0, "\(reference.text)")
    let command = try Command(
      [
        Workplace.binaries + "/score", "classifier", "fit", "--config", "c.json", "--out",
        "again/model.shard",
        "--checkpoint-seconds", "0",
      ], in: place.path)
    let metrics = place.file("again/metrics.jsonl")
    while (try? String(contentsOfFile: metrics, encoding: .utf8))?.contains("\n") != true { usleep(2000) }
    command.signal(SIGTERM)
    let stopped = command.wait()
    #expect(stopped.code == 75 || stopped.code == 0, "\(stopped.text)")
    let continued = try fit("again/model.shard")
    #expect(continued.code == 0, "\(continued.text)")
    #expect(
      try Data(contentsOf: place.url("again/model.shard")) == Data(contentsOf: place.url("long/model.shard")))
    #expect(
      try Data(contentsOf: place.url("again/metrics.csv")) == Data(contentsOf: place.url("long/metrics.csv")))
  }

  @Test func `its features are a network of that name, and other files are refused`() throws {
    #expect(try fit("model.shard").code == 0)
    for (name, seed) in [("real", UInt64(1)), ("fake", 2)] {
      try FileManager.default.createDirectory(atPath: place.file(name), withIntermediateDirectories: true)
      let images = try ImageSource.shapes.load(split: .test, limit: 30, size: 16, channels: 3, seed: seed)
      for (index, image) in images.images.enumerated() {
        try PNG.write(image, to: place.file("\(name)/\(index).png"))
      }
    }
    let found = try score(
      "folders", "--real", "real", "--fake", "fake", "--network", "classifier", "--weights", "model.shard")
    #expect(
      found.code == 0 && found.output.contains("FD(classifier-8, pil-bicubic-12-bytes)"), "\(found.text)")
    let other = try score(
      "folders", "--real", "real", "--fake", "fake", "--weights", "model.shard", "--layers", "classifier-9")
    #expect(other.code == 65 && other.error.contains("has the features classifier-8"), "\(other.text)")
    let bad = try fit("c.json")
    #expect(bad.code == 64, "\(bad.text)")
  }

  @Test func `settings that cannot be built are refused before anything is read`() throws {
    let text = try String(contentsOf: place.url("c.json"), encoding: .utf8)
    for (change, words) in [
      (("\"channels\":4", "\"channels\":0"), "channels must be in 1...65536"),
      (("\"epochs\":2", "\"epochs\":0"), "'classifier.epochs'"),
      (
        ("\"batch\":16", "\"batch\":97"),
        "'classifier.batch' must be at most the number of training images 96"
      ),
    ] {
      try text.replacing(change.0, with: change.1).write(
        to: place.url("c.json"), atomically: true, encoding: .utf8)
      let run = try fit("x/model.shard")
      #expect(run.code == 78 && run.error.contains(words), "\(run.text)")
      #expect(!FileManager.default.fileExists(atPath: place.file("x/model.shard")))
    }
  }
}
