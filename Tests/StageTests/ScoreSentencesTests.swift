import Files
import Foundation
import Images
import TestSupport
import Testing

/// `score sentences` on tinted pictures of the fixture of Fashion-MNIST's layout.
@Suite struct ScoreSentencesTests {
  let place: TemporaryFolder

  init() throws {
    place = try TemporaryFolder()
    let data: JSONValue = [
      "source": "captions", "path": .string(FixtureFile.folder.appending(path: "idx").path), "seed": 1,
      "train_images": 0, "test_images": 0, "size": 32, "channels": 3,
    ]
    let classifier: JSONValue = [
      "channels": 2, "multipliers": [1, 2], "residual_blocks": 1, "groups": 1, "epochs": 1, "batch": 4,
      "learning_rate": 0.01, "final_rate": 0.1, "warmup": 0, "weight_decay": 0, "clip": 1, "seed": 1,
    ]
    let score: JSONValue = [
      "network": "", "layers": ["lite0-1280"], "neighbours": 3, "kernel_subsets": 0, "kernel_subset_size": 2,
      "jackknife_blocks": 0, "likelihood_images": 0, "seed": 1,
    ]
    try write(["algorithm": 2, "data": data, "classifier": classifier], "classifier.json")
    try write(
      ["algorithm": 2, "compute": ["precision": "float32"], "data": data, "score": score], "score.json")
  }

  private func write(_ json: JSONValue, _ name: String) throws {
    try writeAtomically(Array(json.text.utf8), to: place.file(name))
  }

  private func score(_ arguments: String...) throws -> Command.Result {
    try Command.run([Workplace.binaries + "/score"] + arguments, in: place.path)
  }

  @Test func `pictures with sentences beside them are measured, and the real ones are the ceiling`() throws {
    let fit = try score("classifier", "fit", "--config", "classifier.json", "--out", "model.shard")
    #expect(fit.code == 0, "\(fit.text)")
    let said = [
      TintedFashion.Attributes(label: 3, garment: 0, background: 5),
      TintedFashion.Attributes(label: 8, garment: 2, background: 9),
    ]
    try FileManager.default.createDirectory(atPath: place.file("arm"), withIntermediateDirectories: true)
    var grey = Image(width: 28, height: 28, colour: [0])
    for y in 6..<22 { for x in 6..<22 { grey[y, x, 0] = 200 } }
    for (index, attributes) in said.enumerated() {
      // The second picture shows the first's colours.
      try PNG.write(
        TintedFashion.image(of: grey, said[0], noise: TintedFashion.noise(of: 0, seed: 0)),
        to: place.file("arm/\(index).png"))
      try writeAtomically(
        Array(TintedFashion.sentences(for: attributes)[index].utf8), to: place.file("arm/\(index).txt"))
    }
    func measured(_ out: String) throws -> Command.Result {
      try score(
        "sentences", "--config", "score.json", "--samples", "arm", "--classifier", "model.shard", "--out", out
      )
    }
    let run = try measured("out.json")
    #expect(run.code == 0, "\(run.text)")
    let found = try JSONValue(parsing: Array(try Data(contentsOf: place.url("out.json"))))
    let all = try #require(found["sentence_accuracy"]?["all"])
    #expect(all["images"]?.int == 2 && all["garment"]?["rate"]?.double == 0.5)
    #expect(all["background"]?["rate"]?.double == 0.5)
    #expect(found["ceiling"]?["all"]?["images"]?.int == 6)
    #expect(found["provenance"]?["inputs"]?.array?.count == 3)
    #expect(try measured("out.json").error.contains("unchanged"))
    try writeAtomically(Array("something red".utf8), to: place.file("arm/1.txt"))
    let other = try measured("other.json")
    #expect(
      other.code == 65 && other.error.contains("1 of arm was made for 'something red'"), "\(other.text)")
    #expect(!FileManager.default.fileExists(atPath: place.file("other.json")))
    let wrong = try score(
      "sentences", "--config", "score.json", "--samples", "arm", "--classifier", "score.json", "--out",
      "x.json")
    #expect(wrong.code == 65, "\(wrong.text)")
  }
}
