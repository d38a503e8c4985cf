import Files
import Formats
import Foundation
import Images
import Randomness
import Shards
import TestSupport
import Testing

/// `score folders` and `score export` on files made here.
@Suite struct ScoreFoldersTests {
  let place: TemporaryFolder

  init() throws { place = try TemporaryFolder() }

  private func score(_ arguments: [String]) throws -> Command.Result {
    try Command.run([Workplace.binaries + "/score"] + arguments, in: place.path)
  }

  private func folders(_ arguments: String...) throws -> Command.Result {
    try score(["folders"] + arguments)
  }

  private func writeFeatures(
    _ name: String, _ values: [Float], dimension: Int = 1, extractor: String = "mine"
  ) throws {
    let tensor = NamedTensor("features", shape: [values.count / dimension, dimension], values: values)
    try Safetensors(tensors: [StoredTensor(tensor)], metadata: ["extractor": extractor]).write(
      to: place.file(name + ".safetensors"))
  }

  private func normals(_ count: Int, mean: Float, stream: UInt64) -> [Float] {
    var random = RandomStream(seed: 2, purpose: "test.features", stream)
    return random.normals(count).map { $0 + mean }
  }

  /// A folder of pictures of shapes.
  private func writePictures(_ folder: String, count: Int, seed: UInt64, size: Int = 20) throws {
    try FileManager.default.createDirectory(atPath: place.file(folder), withIntermediateDirectories: true)
    let images = try ImageSource.shapes.load(split: .test, limit: count, size: size, channels: 3, seed: seed)
      .images
    for (index, image) in images.enumerated() {
      try PNG.write(image, to: place.file("\(folder)/\(index).\(index % 2 == 0 ? "png" : "PNG")"))
    }
  }

  private func result(_ name: String = "out.json") throws -> JSONValue {
    try JSONValue(parsing: Array(try Data(contentsOf: URL(filePath: place.file(name)))))
  }

  private func fixture(_ name: String) -> String { FixtureFile.folder.appending(path: name).path }

  @Test func `supplied features give a table, a report and no bare FID`() throws {
    // Real images are all 0, so the Fréchet distance is the generated mean squared plus the variance.
    try writeFeatures("real", [Float](repeating: 0, count: 20))
    try writeFeatures("fake", (0..<20).map { Float(1 + 2 * ($0 % 2)) })
    let run = try folders(
      "--real", "real.safetensors", "--fake", "fake.safetensors", "--json", "out.json", "--jackknife", "5")
    #expect(run.code == 0, "\(run.text)")
    #expect(run.output.contains("FD(mine-1, as supplied)"), "\(run.output)")
    #expect(!run.text.contains("FID("))
    #expect(run.output.contains("precision(mine-1, as supplied)"))
    #expect(run.output.contains("warning: Subsets of KD-subsets(mine-1, as supplied) have 20 images"))
    let found = try result()
    let entry = try #require(found["metrics"]?.array?.first)
    #expect(abs((entry["mean"]?.double ?? 0) - (4 + 20.0 / 19)) < 1e-9)
    #expect(entry["interval"]?["method"]?.string == "jackknife of 5 blocks of generated images")
    #expect((entry["interval"]?["low"]?.double ?? 0) < 5 && (entry["interval"]?["high"]?.double ?? 0) > 5.1)
    #expect(entry["reference_count"]?.int == 20 && entry["dimension"]?.int == 1)
    #expect(found["sets"]?.array?.compactMap { $0["role"]?.string } == ["real", "fake"])
    #expect(found["settings"]?["neighbours"]?.int == 3)
    #expect(found["provenance"]?["stage"]?.string == "score")
  }

  @Test func `supplied features of Inception carry the field's names`() throws {
    let name = "inception-2015-12-05"
    for (file, part, dimension, stream) in [
      ("f", "", 2048, UInt64(1)), ("l", "-logits", 1008, 2), ("s", "-spatial", 2023, 3),
    ] {
      try writeFeatures(
        file, normals(20 * dimension, mean: 0, stream: stream), dimension: dimension, extractor: name + part)
    }
    for (file, metric, expected) in [
      ("f", "fid", "FID"), ("f", "kid", "KID"), ("l", "is", "IS"), ("s", "sfid", "sFID"),
    ] {
      let path = file + ".safetensors"
      let run = try folders("--real", path, "--fake", path, "--metrics", metric, "--json", "out.json")
      #expect(run.code == 0, "\(run.text)")
      let entry = try #require(try result()["metrics"]?.array?.first)
      #expect(entry["name"]?.string == "\(expected)(\(name), as supplied)")
      if metric == "is" {
        #expect((entry["splits"]?.array?.first?.array?.count ?? 0) == 10)
        #expect((1...1008).contains(entry["mean"]?.double ?? 0))
      }
    }
    let many = try folders(
      "--real", "l.safetensors", "--fake", "l.safetensors", "--metrics", "is", "--splits", "21")
    #expect(many.code == 65 && many.error.contains("21 splits needs at least 21 images"), "\(many.error)")
    let wrong = try folders("--real", "f.safetensors", "--fake", "f.safetensors", "--metrics", "is")
    #expect(wrong.code == 65 && wrong.error.contains("is cannot be measured"), "\(wrong.error)")
  }

  @Test func `several sets give an interval, and another model is tested in pairs`() throws {
    try writeFeatures("real", normals(120, mean: 0, stream: 1), dimension: 2)
    for index in 1...3 {
      try writeFeatures("fake\(index)", normals(120, mean: 0, stream: 1 + UInt64(index)), dimension: 2)
    }
    try writeFeatures("bad", normals(120, mean: 2, stream: 9), dimension: 2)
    try writeFeatures("short", normals(80, mean: 2, stream: 9), dimension: 2)
    let several = try folders(
      "--real", "real.safetensors", "--fake", "fake1.safetensors", "fake2.safetensors", "fake3.safetensors",
      "--metrics", "fid", "--json", "out.json")
    #expect(several.code == 0, "\(several.text)")
    #expect(several.output.contains("3 × 60"), "\(several.output)")
    let entry = try #require(try result()["metrics"]?.array?.first)
    let values = (entry["values"]?.array ?? []).compactMap(\.double)
    try #require(values.count == 3)
    let mean = values.reduce(0, +) / 3
    let error = (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 6).squareRoot()
    #expect(abs((entry["interval"]?["high"]?.double ?? 0) - (mean + 4.302653 * error)) < 1e-5)

    let rivals = try folders(
      "--real", "real.safetensors", "--fake", "bad.safetensors", "--against", "fake1.safetensors",
      "--permutations", "19", "--json", "out.json")
    #expect(rivals.code == 0, "\(rivals.text)")
    let differences = try result()["differences"]?.array ?? []
    #expect(
      differences.compactMap { $0["name"]?.string } == ["FD(mine-2, as supplied)", "KD(mine-2, as supplied)"])
    #expect(differences.first?["p_value"]?.double == 0.05)
    #expect((differences.last?["p_value"]?.double ?? 1) < 0.001)
    #expect(differences.allSatisfy { ($0["difference"]?.double ?? 0) > 0 })

    let unequal = try folders(
      "--real", "real.safetensors", "--fake", "short.safetensors", "--against", "fake1.safetensors")
    #expect(unequal.code == 65 && unequal.error.contains("a paired test needs pairs"), "\(unequal.error)")
  }

  @Test func `statistics files give the reference's distance`() throws {
    let file = try FixtureFile(named: "metrics-a")
    for (name, index) in [("a", 1), ("b", 2)] {
      try ReferenceFile(
        statistics: .init(
          mean: file.doubles("stats.mu\(index)"), covariance: file.doubles("stats.sigma\(index)"))
      ).write(to: place.file(name + ".npz"))
    }
    let run = try folders("--real", "a.npz", "--fake", "b.npz", "--metrics", "fid", "--json", "out.json")
    #expect(run.code == 0, "\(run.text)")
    let entry = try #require(try result()["metrics"]?.array?.first)
    #expect(entry["name"]?.string == "FD(statistics-8, as supplied)")
    #expect(abs((entry["mean"]?.double ?? 0) - 15.16584937759905) < 1e-7)
    #expect(run.output.contains("warning: a.npz does not say which network"))
    let more = try folders("--real", "a.npz", "--fake", "b.npz", "--metrics", "kid")
    #expect(more.code == 65 && more.error.contains("kid cannot be measured"), "\(more.error)")
    let usual = try folders("--real", "a.npz", "--fake", "b.npz")
    #expect(usual.code == 0 && usual.output.contains("warning: kid cannot be measured"), "\(usual.text)")
  }

  @Test func `statistics of features are of the layer that is named`() throws {
    let table = FeatureTable(
      sampleIDs: [1, 2, 3], labels: [0, 0, 0], features: [1, 0, 0, 2, 1, 1, 3, 5, 4], dimension: 3,
      extractor: "a-1+b-2, resized, sha256:ab")
    try table.write(
      to: place.file("f.shard"), provenance: Provenance(stage: "score", algorithm: 1, configID: "", seed: 0))
    let several = try score(["export", "--from", "f.shard", "--statistics", "s.npz"])
    #expect(several.code == 65 && several.error.contains("features of a-1, b-2"), "\(several.error)")
    let other = try score(["export", "--from", "f.shard", "--statistics", "s.npz", "--layers", "lite0-1280"])
    #expect(other.code == 65, "\(other.text)")
    #expect(!FileManager.default.fileExists(atPath: place.file("s.npz")))
    try writeFeatures("one", [1, 2, 3])
    #expect(try score(["export", "--from", "one.safetensors", "--statistics", "s.npz"]).code == 0)
    let file = try ReferenceFile(reading: place.file("s.npz"))
    #expect(file.statistics == .init(mean: [2], covariance: [1]) && file.count == 3)
    #expect(file.extractor == "mine-1, as supplied, sha256:")
    try writeFeatures("yours", [1, 2, 3], extractor: "yours")
    let strangers = try folders("--real", "s.npz", "--fake", "yours.safetensors", "--metrics", "fid")
    #expect(strangers.code == 65 && strangers.error.contains("features by mine-1"), "\(strangers.error)")
  }

  @Test func `what cannot be compared is refused in one sentence`() throws {
    try writeFeatures("real", normals(40, mean: 0, stream: 1))
    try writeFeatures("nan", (0..<40).map { $0 == 13 ? .nan : Float($0) })
    try writeFeatures("three", [1, 2, 3])
    try writeFeatures("one", [1])
    try writeFeatures("wide", normals(40, mean: 0, stream: 2), dimension: 2)
    try ReferenceFile(statistics: .init(mean: [0], covariance: [-1])).write(to: place.file("negative.npz"))
    try ReferenceFile(statistics: .init(mean: [0, 0], covariance: [1, 0, 0, 1])).write(
      to: place.file("two.npz"))
    try FileManager.default.createDirectory(atPath: place.file("empty"), withIntermediateDirectories: true)
    try writePictures("pictures", count: 3, seed: 1)
    for (fake, code, words) in [
      ("nowhere", Int32(66), "nowhere does not exist"), ("empty", 65, "empty holds no picture files"),
      ("nan.safetensors", 65, "image 13 of nan.safetensors"),
      ("one.safetensors", 65, "needs at least 2 images"),
      ("wide.safetensors", 65, "features by mine-2"), ("negative.npz", 65, "not a covariance"),
      ("two.npz", 65, "statistics of 1 features"), ("pictures", 66, "--weights is not given"),
    ] {
      let run = try folders("--real", "real.safetensors", "--fake", fake, "--json", "out.json")
      #expect(run.code == code, "\(fake): \(run.text)")
      #expect(run.error.contains(words), "\(fake): \(run.error)")
      #expect(!FileManager.default.fileExists(atPath: place.file("out.json")))
    }
    let few = ["--real", "real.safetensors", "--fake", "three.safetensors"]
    let left = try score(["folders"] + few)
    #expect(left.code == 0 && left.output.contains("precision-recall is left out"), "\(left.text)")
    let strict = try score(["folders"] + few + ["--metrics", "precision-recall"])
    #expect(strict.code == 65 && strict.error.contains("k = 3 needs at least 4 images"), "\(strict.error)")
    let layer = try score(["folders"] + few + ["--layers", "lite0-1280"])
    #expect(layer.code == 65 && layer.error.contains("features are of mine-1"), "\(layer.error)")
    let infinity = try score(["folders"] + few + ["--metrics", "fid-infinity"])
    #expect(infinity.code == 65 && infinity.error.contains("extrapolating"), "\(infinity.error)")
    for arguments in [
      ["--metrics", "fod"], ["--layers", "lite0-7"], ["--layers", "lite0-1280", "lite0-1280"],
      ["--jackknife", "1"], ["--splits", "0"], ["--network", "other"],
    ] {
      #expect(try score(["folders"] + few + arguments).code == 64, "\(arguments)")
    }
  }

  @Test func `a batch holds the pictures of a folder, byte for byte every time`() throws {
    try writePictures("pictures", count: 4, seed: 1)
    for name in ["a", "b"] {
      let run = try score(["export", "--from", "pictures", "--batch", "\(name).npz"])
      #expect(run.code == 0, "\(run.text)")
    }
    let bytes = try Data(contentsOf: URL(filePath: place.file("a.npz")))
    #expect(bytes == (try Data(contentsOf: URL(filePath: place.file("b.npz")))))
    let file = try ReferenceFile(reading: place.file("a.npz"))
    #expect(file.images?.count == 4 && file.labels == nil)
    let second = try PNG.read(place.file("pictures/1.PNG")).image
    #expect(file.images.map { Array($0.image(1)) } == second.pixels)
    let again = try score(["export", "--from", "a.npz", "--batch", "c.npz"])
    #expect(again.code == 0)
    #expect(bytes == (try Data(contentsOf: URL(filePath: place.file("c.npz")))))

    try writePictures("other", count: 1, seed: 1, size: 24)
    try FileManager.default.copyItem(atPath: place.file("other/0.png"), toPath: place.file("pictures/z.png"))
    let mixed = try score(["export", "--from", "pictures", "--batch", "d.npz"])
    #expect(mixed.code == 65 && mixed.error.contains("pictures/z.png is 24x24"), "\(mixed.error)")
    #expect(!FileManager.default.fileExists(atPath: place.file("d.npz")))
    #expect(try score(["export", "--from", "pictures"]).code == 64)
    try Data("no picture".utf8).write(to: URL(filePath: place.file("pictures/0.png")))
    let odd = try score(["export", "--from", "pictures", "--batch", "d.npz"])
    #expect(odd.code == 65 && odd.error.contains("pictures/0.png"), "\(odd.error)")
  }

  private static let network = Workplace.project + "/data/efficientnet-lite0/efficientnet-lite0.safetensors"

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: network),
      "NOT TESTED: the feature network is not here; data/efficientnet-lite0/fetch gets it"))
  func `two folders are scored, from the cache the second time, and beside statistics of them`() throws {
    try writePictures("real", count: 12, seed: 1)
    try writePictures("fake", count: 10, seed: 2, size: 24)
    let lite = ["--network", "lite0", "--weights", Self.network, "--layers", "lite0-block10-112"]
    let arguments =
      ["folders", "--real", "real", "--fake", "fake", "--cache", "cache", "--json", "out.json"] + lite
    let first = try score(arguments)
    #expect(first.code == 0, "\(first.text)")
    #expect(first.output.contains("FD(lite0-block10-112, pil-bicubic-224)"), "\(first.output)")
    #expect(first.output.contains("rank-deficient") && first.output.contains("20x20"), "\(first.output)")
    let report = try Data(contentsOf: URL(filePath: place.file("out.json")))
    let second = try score(arguments)
    #expect(second.output == first.output)
    #expect(second.error.contains("the features of real are taken from cache/features-"), "\(second.error)")
    #expect(report == (try Data(contentsOf: URL(filePath: place.file("out.json")))))

    let kept = try #require(
      try FileManager.default.contentsOfDirectory(atPath: place.file("cache")).sorted()
        .first { $0.hasSuffix(".shard") })
    var bytes = try Data(contentsOf: URL(filePath: place.file("cache/" + kept)))
    bytes[bytes.count / 2] ^= 4
    try bytes.write(to: URL(filePath: place.file("cache/" + kept)))
    let repaired = try score(arguments)
    #expect(
      repaired.output == first.output && repaired.error.contains("does not verify"), "\(repaired.error)")

    let export = try score(["export", "--from", "real", "--statistics", "real.npz"] + lite)
    #expect(export.code == 0, "\(export.text)")
    let statistics = try score(
      [
        "folders", "--real", "real.npz", "--fake", "fake", "--cache", "cache", "--metrics", "fid", "--json",
        "s.json",
      ]
        + lite)
    #expect(statistics.code == 0, "\(statistics.text)")
    #expect(!statistics.output.contains("does not say which network"))
    func distance(_ name: String) throws -> Double {
      try result(name)["metrics"]?.array?.first?["mean"]?.double ?? .nan
    }
    #expect(abs(try distance("s.json") / distance("out.json") - 1) < 1e-6)
    let dry = try score(arguments + ["--dry-run"])
    #expect(
      dry.code == 0 && dry.error.contains("would take the cached features of 12 images"), "\(dry.error)")
    #expect(dry.output.isEmpty)
  }
}
