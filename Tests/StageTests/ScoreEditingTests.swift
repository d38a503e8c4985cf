import Files
import Foundation
import Shards
import TestSupport
import Testing

extension StageTests {
  /// `score editing` on completed images and features made here.
  @Suite struct ScoreEditingTests {
    let place: TemporaryFolder
    /// What the completed images, and their reconstructions, were made from.
    private static let tokens = Provenance.Input(role: "tokens", name: "t", contentID: "tokens")
    private static let tokenizer = Provenance.Input(role: "tokenizer", name: "m", contentID: "tokenizer")
    private static let provenance = Provenance(
      stage: "sample", algorithm: 1, configID: "", seed: 1,
      inputs: [tokenizer, Provenance.Input(role: "images", name: "t", contentID: tokens.contentID)])

    init() throws {
      place = try TemporaryFolder()
      let settings: JSONValue = [
        "algorithm": 2, "compute": ["precision": "float32"],
        "data": [
          "source": "shapes", "path": "", "seed": 1, "train_images": 8, "test_images": 24, "size": 28,
          "channels": 1,
        ],
        "score": [
          "network": "", "layers": ["lite0-block10-112"], "neighbours": 3, "kernel_subsets": 0,
          "kernel_subset_size": 50, "jackknife_blocks": 5, "likelihood_images": 0, "seed": 1,
        ],
      ]
      try writeAtomically(Array(settings.text.utf8), to: place.file("score.json"))
      for part in 0..<2 { try writeSamples(part: part) }
      // Ten images completed with two seeds: all 1 with the first, 0 and 4 in turn with the second.
      try writeFeatures("cell/features", ids: Array(0..<10) + Array(0..<10)) {
        $0 < 10 ? 1 : Float($0 % 2 * 4)
      }
      try writeFeatures("cell/decoded", ids: Array(0..<10) + Array(0..<10)) { $0 < 10 ? 3 : 2 }
      // Their reconstructions are far away from the other twenty, which are all 0.
      try writeFeatures("reconstructions", ids: Array(0..<30)) { $0 < 10 ? 100 : 0 }
    }

    /// Images of 2×2 cells and as many pixels, of which the first pixel was kept; of the second seed's one image not.
    private func writeSamples(part: Int, isEdit: Bool = true) throws {
      var images = [UInt8](repeating: 7, count: 40)
      if part == 1 { images[0] = 8 }
      var edit: SampleTable.Edit?
      if isEdit {
        edit = .init(
          known: (0..<40).map { $0 % 4 == 0 ? 1 : 0 }, mask: (0..<40).map { $0 % 4 == 0 ? 0 : 1 },
          originals: [UInt8](repeating: 7, count: 40), facts: ["task": "inpaint", "pasted": true])
      }
      let table = SampleTable(
        sampleIDs: Array(0..<10), labels: [UInt32](repeating: 0, count: 10),
        tokens: [UInt16](repeating: 1, count: 40), orders: (0..<10).flatMap { _ in [0, 1, 2, 3] },
        confidences: [Float](repeating: 0.5, count: 40), images: images, imageHeight: 2, imageWidth: 2,
        imageChannels: 1, gridHeight: 2, gridWidth: 2, classNames: ["a"], arm: "arm", seed: UInt64(part + 5),
        edit: edit)
      try table.write(
        to: place.file("cell/" + ShardName.file(.samples, index: part, count: 2)), shard: part, of: 2,
        provenance: Self.provenance)
    }

    private func writeFeatures(
      _ name: String, ids: [UInt64], inputs: [Provenance.Input]? = nil, _ value: (Int) -> Float
    ) throws {
      try FeatureTable(
        sampleIDs: ids, labels: [UInt32](repeating: 0, count: ids.count), features: ids.indices.map(value),
        dimension: 1, extractor: "mine-1, none, sha256:00"
      ).write(
        to: place.file(name + ".shard"),
        provenance: Provenance(
          stage: "score", algorithm: 2, configID: "", seed: 1, inputs: inputs ?? (try origins(of: name))))
    }

    /// What `score features` would have recorded.
    private func origins(of name: String) throws -> [Provenance.Input] {
      if name == "reconstructions" { return [Self.tokens, Self.tokenizer] }
      let samples = try (0..<2).map { part -> Provenance.Input in
        let path = place.file("cell/" + ShardName.file(.samples, index: part, count: 2))
        return Provenance.Input(
          role: "samples", name: "\(part)", contentID: try ShardHeader.peek(path).contentID)
      }
      return samples + (name == "cell/decoded" ? [Self.tokenizer] : [])
    }

    private func score(_ rest: String...) throws -> Command.Result {
      try Command.run(
        [
          Workplace.binaries + "/score", "editing", "--config", "score.json", "--edits", "cell", "--out",
          "out.json",
        ] + rest, in: place.path)
    }

    @Test func `distances are from the images that were not completed, and known pixels are compared`() throws
    {
      let run = try score("--reconstructions", "reconstructions.shard")
      #expect(run.code == 0, "\(run.text)")
      let found = try JSONValue(parsing: Array(try Data(contentsOf: place.url("out.json"))))
      #expect(found["counts"]?["completed"]?.int == 10 && found["counts"]?["others"]?.int == 20)
      let entry = try #require(found["edits"]?.array?.first)
      // Against twenty zeros a Fréchet distance is the squared mean plus the variance.
      func values(_ key: String) -> [Double] {
        (entry[key]?.array?.first?["values"]?.array ?? []).compactMap(\.double)
      }
      #expect(zip(values("metrics"), [1, 4 + 40.0 / 9]).allSatisfy { abs($0 - $1) < 1e-9 })
      #expect(zip(values("decoded_metrics"), [9, 4]).allSatisfy { abs($0 - $1) < 1e-9 })
      #expect(values("metrics").count == 2 && values("decoded_metrics").count == 2)
      #expect(abs((found["floors"]?.array?.first?["value"]?.double ?? 0) - 10_000) < 1e-6)
      let known = (entry["known_pixels"]?["values"]?.array ?? []).compactMap(\.double)
      #expect(known == [1, 0.9])
      #expect(try score("--reconstructions", "reconstructions.shard").error.contains("unchanged"))
      try writeFeatures("cell/decoded", ids: Array(0..<10) + Array(0..<10)) { _ in 1 }
      #expect(try score("--reconstructions", "reconstructions.shard").error.contains("wrote out.json"))
    }

    @Test func `without features known pixels alone are compared`() throws {
      let run = try score()
      #expect(run.code == 0, "\(run.text)")
      let found = try JSONValue(parsing: Array(try Data(contentsOf: place.url("out.json"))))
      #expect(found["edits"]?.array?.first?["metrics"]?.array?.isEmpty == true)
      #expect(found["edits"]?.array?.first?["known_pixels"]?["mean"]?.double == 0.95)
    }

    @Test func `what does not belong together is refused`() throws {
      let all = Array(0..<10) + Array(0..<10) as [UInt64]
      for (name, ids, inputs, sentence) in [
        ("cell/features", all, [Self.tokens], "found features of no samples"),
        (
          "cell/features", all, try origins(of: "cell/decoded"), "found features of their tokens decoded anew"
        ),
        ("cell/decoded", all, try origins(of: "cell/features"), "found features of the images as they are"),
        (
          "reconstructions", Array(0..<30),
          [Self.tokens, .init(role: "tokenizer", name: "m", contentID: "x")],
          "reconstructions by the tokenizer of"
        ),
        (
          "reconstructions", Array(0..<30),
          [.init(role: "tokens", name: "t", contentID: "x"), Self.tokenizer],
          "found those of other tokens"
        ),
      ] as [(String, [UInt64], [Provenance.Input], String)] {
        try writeFeatures(name, ids: ids, inputs: inputs) { Float($0 % 3) }
        let mixed = try score("--reconstructions", "reconstructions.shard")
        #expect(mixed.code == 65 && mixed.error.contains(sentence), "\(mixed.text)")
        try writeFeatures(name, ids: ids) { Float($0 % 3) }
      }
      try writeFeatures("reconstructions", ids: Array(0..<10)) { _ in 0 }
      let none = try score("--reconstructions", "reconstructions.shard")
      #expect(none.code == 65 && none.error.contains("test images that were not completed"), "\(none.error)")
      try writeFeatures("reconstructions", ids: Array(5..<30)) { _ in 0 }
      let some = try score("--reconstructions", "reconstructions.shard")
      #expect(some.code == 65 && some.error.contains("found only 5 of them"), "\(some.error)")
      try writeFeatures("cell/decoded", ids: Array(0..<10)) { _ in 0 }
      let other = try score("--reconstructions", "reconstructions.shard")
      #expect(
        other.code == 65 && other.error.contains("features of the 20 images beside it"), "\(other.error)")
      try writeSamples(part: 1, isEdit: false)
      let drawn = try score()
      #expect(drawn.code == 65 && drawn.error.contains("expected completed images, found generated ones"))
      let bare = try Command.run(
        [
          Workplace.binaries + "/score", "features", "--config", "score.json", "--images", "test",
          "--tokenizer", "model.shard", "--out", "f.shard",
        ], in: place.path)
      #expect(bare.code == 64 && bare.error.contains("--tokenizer goes with --tokens or --samples."))
    }
  }
}
