import Foundation
import Shards
import TestSupport
import Testing

extension StageTests {
  /// `sample --class`, `--images` and `--seed`: other images than the settings ask for.
  @Suite struct ImageChoiceTests {
    private func sample(
      _ place: Workplace, _ rest: [String], arm: String = "distill-greedy", out: String = "out.shard"
    ) throws -> Command.Result {
      try Command.run(
        [
          Workplace.binaries + "/sample", "--config", "work/smoke/config/samples-\(arm).json", "--model",
          "work/smoke/distill/model.shard", "--tokenizer", "work/smoke/tokenizer/model.shard", "--out", out,
        ] + rest, in: place.path)
    }

    private func table(
      _ place: Workplace, _ rest: String..., arm: String = "distill-greedy",
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> SampleTable {
      let result = try sample(place, rest, arm: arm)
      try #require(result.code == 0, "\(result.text)", sourceLocation: sourceLocation)
      return try SampleTable(reading: place.file("out.shard"))
    }

    /// What was drawn of one image.
    private struct Drawn: Equatable {
      let label: UInt32
      let tokens, order: [Int]
      let confidence: [Float]
      let pixels: [UInt8]

      init(_ table: SampleTable, _ record: Int) {
        label = table.labels[record]
        tokens = table.tokens(of: record)
        order = table.order(of: record)
        let length = table.tokensPerImage
        confidence = Array(table.confidences[record * length..<(record + 1) * length])
        pixels = Array(table.image(of: record))
      }
    }

    @Test(arguments: ["distill-greedy", "distill-random"])
    func `images of one class are those that a run of all classes draws`(arm: String) throws {
      let place = try SmokeRun.copy()
      // The run's own 16 images of 4 classes, and five of the disc: one more than the run has.
      let run = try SampleTable(reading: place.file("work/smoke/samples/\(arm)/samples-00000-of-00002.shard"))
      #expect(run.choice == nil)
      let discs = try table(place, "--class", "disc", "--images", "5", "--png", "pictures", arm: arm)
      #expect(discs.labels == [1, 1, 1, 1, 1])
      #expect(discs.sampleIDs == [1, 5, 9, 13, 17] && discs.seed == run.seed)
      for record in 0..<4 {
        #expect(Drawn(discs, record) == Drawn(run, Int(discs.sampleIDs[record])))
      }
      #expect(Set((0..<5).map { discs.image(of: $0) }).count == 5, "every image has its own random stream")
      #expect(discs.choice == ["images": 5, "classes": [1]])
      let names = try FileManager.default.contentsOfDirectory(atPath: place.file("pictures/seed-1")).sorted()
      #expect(names == (0..<5).map { "0000\($0)-disc.png" })
      // A seed of its own gives what the run's shard of that seed holds.
      let second = try SampleTable(
        reading: place.file("work/smoke/samples/\(arm)/samples-00001-of-00002.shard"))
      let given = try table(place, "--class", "0,2", "--images", "7", "--seed", "2", arm: arm)
      #expect(given.sampleIDs == [0, 2, 4, 6, 8, 10, 12] && given.labels == [0, 2, 0, 2, 0, 2, 0])
      for record in 0..<7 { #expect(Drawn(given, record) == Drawn(second, 2 * record)) }
      #expect(given.seed == 2)
    }

    @Test func `the same choice in other words is up to date, and another is not`() throws {
      let place = try SmokeRun.copy()
      let first = try sample(place, ["--class", "disc", "--class", "square", "--images", "6"])
      #expect(first.error.contains("wrote out.shard"), "\(first.text)")
      let header = try ShardHeader.read(place.file("out.shard"))
      for words in [["--class", "square, DISC"], ["--class", "2", "--class", "1", "--class", "disc"]] {
        let again = try sample(place, words + ["--images", "6", "--shard", "00000-of-00002"])
        #expect(again.code == 0 && again.error.contains("out.shard is unchanged"), "\(again.text)")
      }
      for words in [
        ["--class", "disc", "--images", "6"], ["--class", "disc,square", "--images", "8"], ["--images", "6"],
        ["--images", "6", "--seed", "3"], [],
      ] {
        let other = try sample(place, words)
        #expect(other.code == 0 && other.error.contains("wrote out.shard"), "\(words): \(other.text)")
        let made = try ShardHeader.read(place.file("out.shard"))
        #expect(made.contentID != header.contentID && made.provenance.configID != header.provenance.configID)
      }
      // Asking for what the settings say is no choice: the run's own shard is up to date.
      let own = "work/smoke/samples/distill-greedy/samples-00000-of-00002.shard"
      let plain = try sample(place, ["--images", "16"], out: own)
      #expect(plain.code == 0 && plain.error.contains("is unchanged"), "\(plain.text)")
    }

    @Test(arguments: [
      (["--class", "elephant"], "(cross, disc, square, triangle), found 'elephant'."),
      (["--class", "4"], "--class must be one of the model's 4 classes, by number from 0 or by name"),
      (["--class", "disc,"], "found ''."), (["--class", "-1"], "--class"),
      (["--images", "0"], "--images must be between 1 and 1,000,000, found 0."),
      (["--images", "1000001"], "found 1000001."), (["--seed", "-1"], "--seed"),
      (
        ["--seed", "1", "--images", "3", "--shard", "00000-of-00004"],
        "--shard divides 3 images into 4 parts. Give as many parts at most."
      ),
    ])
    func `what cannot be drawn is refused before anything is made`(words: [String], sentence: String) throws {
      let place = try SmokeRun.copy()
      let names = place.folder.names
      let result = try sample(place, words)
      #expect(result.code == 64, "\(result.text)")
      #expect(result.error.replacing("\n", with: " ").contains(sentence), "\(result.error)")
      #expect(place.folder.names == names, "something was left behind")
    }

    @Test func `given orders belong to the images of the whole run`() throws {
      let place = try SmokeRun.copy()
      let path = place.file("work/smoke/config/samples-distill-random.json")
      let text = try String(contentsOfFile: path, encoding: .utf8).replacing("\"random\"", with: "\"given\"")
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      // Order i begins with location i, so that it tells which image it was given to.
      let orders = (0..<9).map { first in
        ([first] + (0..<49).filter { $0 != first }).map(String.init).joined(separator: " ")
      }
      try orders.joined(separator: "\n").write(
        toFile: place.file("orders.txt"), atomically: true, encoding: .utf8)
      let squares = try table(
        place, "--class", "square", "--images", "2", "--orders", "orders.txt", arm: "distill-random")
      #expect((0..<2).map { squares.order(of: $0).first } == [2, 6])
      let few = try sample(
        place, ["--class", "square", "--images", "3", "--orders", "orders.txt"], arm: "distill-random")
      #expect(few.code == 65 && few.error.contains("expected at least 11 orders"), "\(few.text)")
    }
  }
}
