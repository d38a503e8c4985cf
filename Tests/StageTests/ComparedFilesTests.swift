import Foundation
import Shards
import TestSupport
import Testing

extension StageTests {
  /// `score compare` on the smoke run's samples and tokens, with features that say what they were made from.
  @Suite struct ComparedFilesTests {
    private let place: Workplace
    private let samples: [ShardHeader]
    private let tokens: ShardHeader
    private let test: TokenTable

    private static let run = "work/smoke"
    private static let arm = "distill-greedy"

    init() throws {
      place = try SmokeRun.copy()
      samples = try (0..<2).map { [place] in
        try ShardHeader.read(place.file("\(Self.run)/samples/\(Self.arm)/samples-0000\($0)-of-00002.shard"))
      }
      (test, tokens) = try TokenTable.read(
        place.file("\(Self.run)/tokens/test/tokens-00000-of-00001.shard"))
    }

    private func input(_ role: String, _ id: String, name: String = "x") -> Provenance.Input {
      Provenance.Input(role: role, name: name, contentID: id)
    }

    private var tokenizer: Provenance.Input { input("tokenizer", test.codebook) }
    private var images: String { tokens.provenance.inputs.first { $0.role == "images" }?.contentID ?? "" }

    private func write(
      _ name: String, _ inputs: [Provenance.Input], ids: [UInt64]? = nil, labels: [UInt32]? = nil
    ) throws {
      let ids = ids ?? test.sampleIDs
      let table = FeatureTable(
        sampleIDs: ids, labels: labels ?? (ids == test.sampleIDs ? test.labels : ids.map { UInt32($0 % 2) }),
        features: ids.indices.map { Float($0 % 7) }, dimension: 1, extractor: "mine-1, none, sha256:00")
      try table.write(
        to: place.file("features/\(name).shard"),
        provenance: Provenance(stage: "score", algorithm: 2, configID: "", seed: 1, inputs: inputs))
    }

    /// Features that all belong to the samples.
    private func writeAll() throws {
      try write(
        Self.arm, samples.map { input("samples", $0.contentID) },
        ids: Array(0..<UInt64(samples[0].records)) + Array(0..<UInt64(samples[1].records)))
      try write("real-test", [input("images", images, name: "test")])
      try write("reconstructions", [input("tokens", tokens.contentID), tokenizer])
    }

    private func compare(tokens: String = run + "/tokens/test") throws -> Command.Result {
      try place.stage(
        "score", "compare", "--config", "\(Self.run)/config/score.json", "--samples",
        "\(Self.run)/samples/\(Self.arm)", "--features", "features", "--tokens", tokens, "--out", "x.json")
    }

    @Test func `images of chosen classes are no arm`() throws {
      let sampled = try place.stage(
        "sample", "--config", "\(Self.run)/config/samples-\(Self.arm).json", "--model",
        "\(Self.run)/distill/model.shard", "--tokenizer", "\(Self.run)/tokenizer/model.shard", "--class", "0",
        "--images", "4", "--out", "chosen/samples-00000-of-00002.shard")
      #expect(sampled.code == 0, "\(sampled.text)")
      let result = try place.stage(
        "score", "compare", "--config", "\(Self.run)/config/score.json", "--samples",
        "chosen/samples-00000-of-00002.shard", "--tokens", "\(Self.run)/tokens/test", "--out", "x.json")
      #expect(result.code == 65 && result.error.contains("classes chosen with --class"), "\(result.text)")
      #expect(!place.exists("x.json"))
    }

    private func refuses(
      _ sentence: String, tokens: String = run + "/tokens/test",
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let result = try compare(tokens: tokens)
      #expect(result.code == 65, "\(result.text)", sourceLocation: sourceLocation)
      #expect(result.error.contains(sentence), "\(result.error)", sourceLocation: sourceLocation)
      #expect(!place.exists("x.json"), sourceLocation: sourceLocation)
      try writeAll()
    }

    @Test func `features, samples and tokens are compared only where they belong together`() throws {
      try writeAll()
      let ids = Array(0..<UInt64(samples[0].records)) + Array(0..<UInt64(samples[1].records))
      try write(Self.arm, samples.reversed().map { input("samples", $0.contentID) }, ids: ids)
      try refuses("found features of other samples")
      try write(Self.arm, samples.map { input("samples", $0.contentID) } + [tokenizer], ids: ids)
      try refuses("expected features of the images as they are, found features of their tokens decoded anew")
      try write("real-test", [input("images", images, name: "train")])
      try refuses("features of the real test images, found features of the split 'train'")
      try write("real-test", [input("images", "other", name: "test")])
      try refuses("found features of other images")
      try write(
        "real-test", [input("images", images, name: "test")], labels: test.labels.reversed())
      try refuses("found features of other images")
      try write("reconstructions", [input("tokens", tokens.contentID), input("tokenizer", "other")])
      try refuses("reconstructions by the samples' tokenizer \(test.codebook), found those by other")
      try write("reconstructions", [input("tokens", "other"), tokenizer])
      try refuses("found those of other tokens")
      try refuses("tokens of the split 'test', found tokens of 'train'", tokens: "\(Self.run)/tokens/train")
      var other = test
      other.codebook = "other"
      try other.write(
        to: place.file("other/tokens-00000-of-00001.shard"), provenance: tokens.provenance)
      try refuses("expected tokens of the tokenizer \(test.codebook)", tokens: "other")
      let good = try compare()
      #expect(good.code == 0, "\(good.text)")
    }

    @Test func `samples of one seed twice, or of two models, are no spread over seeds`() throws {
      try writeAll()
      let path = place.file("\(Self.run)/samples/\(Self.arm)/samples-00001-of-00002.shard")
      let (table, header) = try SampleTable.read(path)
      var twin = table
      twin.seed = try SampleTable(reading: path.replacing("00001-of", with: "00000-of")).seed
      try twin.write(to: path, shard: 1, of: 2, provenance: header.provenance)
      func run() throws -> Command.Result {
        try place.stage(
          "score", "compare", "--config", "\(Self.run)/config/score.json", "--samples",
          "\(Self.run)/samples/\(Self.arm)", "--out", "x.json")
      }
      let same = try run()
      #expect(same.code == 65 && same.error.contains("no two equal"), "\(same.text)")
      var provenance = header.provenance
      for index in provenance.inputs.indices where provenance.inputs[index].role == "model" {
        provenance.inputs[index].contentID = "other"
      }
      try table.write(to: path, shard: 1, of: 2, provenance: provenance)
      let mixed = try run()
      #expect(mixed.code == 65 && mixed.error.contains("expected samples by the model"), "\(mixed.text)")
    }
  }
}
