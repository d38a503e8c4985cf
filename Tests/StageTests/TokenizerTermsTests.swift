import Files
import Foundation
import Randomness
import Shards
import TestSupport
import Testing

extension StageTests {
  /// `tokenize fit` with a perceptual term and against a discriminator.
  @Suite struct TokenizerTermsTests {
    private static let network = Workplace.project + "/data/efficientnet-lite0/efficientnet-lite0.safetensors"
    private static let isHere = FileManager.default.fileExists(atPath: network)
    private static let discriminator =
      "tokenizer.discriminator.weight=0.5 tokenizer.discriminator.start_step=5 tokenizer.discriminator.channels=4"

    private func fit(_ place: Workplace, _ set: String, out: String = "out", _ more: String...) throws
      -> [String]
    {
      try place.settings("RUN=work/terms", "SET=" + set)
      return [
        Workplace.binaries + "/tokenize", "fit", "--config", "work/terms/config/tokenizer.json", "--out",
        out + "/model.shard",
      ] + more
    }

    private func keys(_ place: Workplace, _ file: String) throws -> [Set<String>] {
      String(decoding: try place.bytes(file), as: UTF8.self).split(separator: "\n").map {
        Set(((try? JSONValue(parsing: String($0)))?.object ?? [:]).keys)
      }
    }

    @Test func `a network that is missing or another is refused before anything is written`() throws {
      let place = try Workplace()
      let set = "tokenizer.perceptual.weight=0.1 tokenizer.perceptual.network="
      let missing = try Command.run(fit(place, set + "none.safetensors"), in: place.path)
      #expect(missing.code == 66, "\(missing.text)")
      #expect(
        missing.error.contains("none.safetensors does not exist") && missing.error.contains("'make data'"),
        "\(missing.error)")
      try Data(contentsOf: FixtureFile.folder.appending(path: "perceptual.safetensors"))
        .write(to: URL(filePath: place.file("other.safetensors")))
      let other = try Command.run(fit(place, set + "other.safetensors"), in: place.path)
      #expect(other.code == 65, "\(other.text)")
      #expect(
        other.error.contains(
          "other.safetensors: the feature network's weights do not fit EfficientNet-Lite0"),
        "\(other.error)")
      #expect(!place.exists("out"))
    }

    @Test(arguments: [
      ("tokenizer.perceptual.weight=-1", "'tokenizer.perceptual.weight' must be above 0"),
      (
        "tokenizer.perceptual.weight=1 tokenizer.perceptual.side=300",
        "'tokenizer.perceptual.side' must be between 32 and 224"
      ),
      ("tokenizer.discriminator.weight=-1", "'tokenizer.discriminator.weight' must be above 0"),
      (
        "tokenizer.discriminator.weight=1 tokenizer.discriminator.layers=5",
        "'tokenizer.discriminator.layers' must leave something of images of 28 pixels"
      ),
    ])
    func `settings out of range are named`(set: String, sentence: String) throws {
      let place = try Workplace()
      let result = try Command.run(fit(place, set, "--check-settings"), in: place.path)
      #expect(result.code == 78 && result.error.contains(sentence), "\(result.text)")
    }

    @Test func `a weight of 0 leaves a preset's settings as they were`() throws {
      let place = try Workplace()
      try place.settings()
      try place.settings(
        "RUN=work/terms", "SET=tokenizer.discriminator.weight=0 tokenizer.perceptual.weight=0")
      for file in ["tokenizer.json", "settings.json"] {
        #expect(try place.bytes("work/terms/config/" + file) == place.bytes("work/smoke/config/" + file))
      }
    }

    @Test func `a network that cannot be had is missed before training, and what to do is said`() throws {
      let place = try Workplace()
      let set = "tokenizer.perceptual.weight=0.1 tokenizer.perceptual.network=\"none/here.safetensors\""
      let result = try place.make("tokenizer", "PRESET=smoke", "SET=" + set)
      #expect(result.code == 2)
      #expect(
        result.error.contains(
          "none/here.safetensors sees: there is no such file, and none/fetch does not exist. Put it there, or leave the "
            + "term away by SET=tokenizer.perceptual.weight=0."), "\(result.text)")
      #expect(!place.exists("work/smoke/tokenizer"))
    }

    @Test func `an interrupted run against a discriminator ends with the same bytes, and says how it went`()
      throws
    {
      let place = try Workplace()
      let set = "tokenizer.epochs=12 " + Self.discriminator
      let whole = try Command.run(fit(place, set, out: "whole"), in: place.path)
      try #require(whole.code == 0, "\(whole.text)")
      let rows = try keys(place, "whole/metrics.jsonl")
      #expect(rows.count == 12)
      #expect(
        rows[11].isSuperset(of: ["adversarial", "adversarial_weight", "discriminator", "discriminator_real"]))
      #expect(!rows[11].contains("perceptual"))
      let words = try fit(place, set, out: "parts", "--checkpoint-seconds", "0")
      var stream = RandomStream(seed: 9, purpose: "terms.interruptions")
      var resumed = 0
      for _ in 0..<100 where !place.exists("parts/model.shard") {
        let command = try Command(words, in: place.path)
        let seconds = whole.seconds * (0.3 + 0.4 * Double(stream.next() % 1000) / 1000)
        var ended = command.wait(seconds: seconds)
        if ended == nil {
          command.signal(SIGKILL)
          ended = command.wait()
        }
        resumed += ended?.error.contains("Continuing after step") == true ? 1 : 0
      }
      #expect(resumed > 0)
      for file in ["model.shard", "metrics.jsonl", "metrics.csv"] {
        #expect(try place.bytes("parts/" + file) == place.bytes("whole/" + file), "\(file)")
      }
    }

    @Test(
      .enabled(
        if: isHere,
        "NOT TESTED: EfficientNet-Lite0's published weights are not here; data/efficientnet-lite0/fetch gets them"
      ))
    func `both terms together are reported apart, with any number of threads`() throws {
      let place = try Workplace()
      let set =
        "tokenizer.epochs=2 \(Self.discriminator) tokenizer.perceptual.weight=0.1 tokenizer.perceptual.side=32 "
        + "tokenizer.perceptual.network=\(Self.network)"
      for threads in ["1", "2"] {
        let made = try Command.run(fit(place, set, out: "t" + threads, "--threads", threads), in: place.path)
        try #require(made.code == 0, "\(made.text)")
      }
      #expect(try place.bytes("t1/model.shard") == place.bytes("t2/model.shard"))
      #expect(
        try keys(place, "t1/metrics.jsonl")[1].isSuperset(of: ["perceptual", "adversarial", "reconstruction"])
      )
      let inputs = try ShardHeader.read(place.file("t1/model.shard")).provenance.inputs
      #expect(inputs.map(\.role) == ["images", "images", "network"])
    }
  }
}
