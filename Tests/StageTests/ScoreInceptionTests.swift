import Files
import Formats
import Foundation
import Images
import Shards
import TestSupport
import Testing

/// `score folders` with the Inception of 2015, whose weights a formula gives here.
@Suite(.serialized) struct ScoreInceptionTests {
  let place: TemporaryFolder
  private static let tensors = Result { try FormulaWeights().tensors }

  init() throws { place = try TemporaryFolder() }

  private func score(_ arguments: String...) throws -> Command.Result {
    try Command.run([Workplace.binaries + "/score"] + arguments, in: place.path)
  }

  /// Writes weights as a user would convert them, in F32 or BF16.
  private func writeWeights(
    _ name: String, bfloat16: Bool = false,
    change: (inout [String: (shape: [Int], values: [Float])]) -> Void = { _ in }
  ) throws {
    var tensors = try Self.tensors.get()
    change(&tensors)
    let stored = tensors.map { key, tensor in
      guard bfloat16 else {
        return StoredTensor(NamedTensor(key, shape: tensor.shape, values: tensor.values))
      }
      let bytes = tensor.values.flatMap { value -> [UInt8] in
        let bits = UInt16(truncatingIfNeeded: (value.bitPattern &+ 0x8000) >> 16)
        return [UInt8(truncatingIfNeeded: bits), UInt8(truncatingIfNeeded: bits >> 8)]
      }
      return StoredTensor(key, .bf16, shape: tensor.shape, bytes: bytes[...])
    }
    try Safetensors(tensors: stored).write(to: place.file(name))
  }

  /// The two images of the fixture, as PNG files of a folder.
  private func writePictures(_ folder: String, _ indices: [Int]) throws {
    let file = try FixtureFile(named: "inception-det")
    try FileManager.default.createDirectory(atPath: place.file(folder), withIntermediateDirectories: true)
    for index in indices {
      let shape = file.shape("image\(index).uint8")
      let pixels = file.ints("image\(index).uint8").map { UInt8($0) }
      let image = Image(width: shape[1], height: shape[0], channels: 3, pixels: pixels)
      try PNG.write(image, to: place.file("\(folder)/\(index).png"))
      let part = Array(pixels[..<(shape[1] * 3 * (shape[0] / 2))])
      try PNG.write(
        Image(width: shape[1], height: shape[0] / 2, channels: 3, pixels: part),
        to: place.file("\(folder)/\(index)-upper.png"))
    }
  }

  private func report(_ name: String) throws -> JSONValue {
    try JSONValue(parsing: Array(try Data(contentsOf: URL(filePath: place.file(name)))))
  }

  @Test func `two folders get the field's metrics by their names, from the reference's features`() throws {
    try writeWeights("weights.safetensors")
    try writePictures("real", [0, 1])
    try writePictures("fake", [1])
    let pipelines = [("clean-fid", "clean"), ("pytorch-fid", "pytorch_fid"), ("torch-fidelity", "tf1")]
    let fixture = try FixtureFile(named: "inception-det")
    for (pipeline, key) in pipelines {
      let chosen = pipeline == "clean-fid" ? [] : ["--pipeline", pipeline]
      let run = try Command.run(
        [
          Workplace.binaries + "/score", "folders", "--real", "real", "--fake", "fake", "--weights",
          "weights.safetensors", "--cache", "cache-\(key)", "--metrics", "fid", "sfid", "kid", "is",
          "precision-recall", "--neighbours", "1", "--splits", "2", "--json", "\(key).json",
        ] + chosen, in: place.path)
      #expect(run.code == 0, "\(run.text)")
      let entries = try report("\(key).json")["metrics"]?.array ?? []
      #expect(
        Set(entries.compactMap { $0["name"]?.string })
          == Set(
            ["FID", "sFID", "KID", "IS", "precision", "recall"].map {
              "\($0)(inception-2015-12-05, \(pipeline))"
            }))
      let shards = try FileManager.default.contentsOfDirectory(atPath: place.file("cache-\(key)"))
        .filter { $0.hasSuffix(".shard") }
      let tables = try shards.map { try FeatureTable.read(place.file("cache-\(key)/\($0)")).0 }
      let real = try #require(tables.first { $0.count == 4 })
      #expect(real.dimension == 2048 + 1008 + 2023)
      // The sequence of names: "0-upper.png" comes before "0.png".
      for (image, row) in [(0, 1), (1, 3)] {
        for (name, part) in [("2048", 0..<2048), ("logits_unbiased", 2048..<3056)] {
          let expected = fixture.floats("image\(image).\(key).\(name)")
          let start = row * real.dimension
          let found = real.features[start + part.lowerBound..<start + part.upperBound]
          let error = zip(found, expected).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
          #expect(error <= 2e-5 * (expected.map(abs).max() ?? 0), "\(pipeline), \(name): \(error)")
        }
      }
    }
    let clean = try report("clean.json")
    let file = try Data(contentsOf: URL(filePath: place.file("weights.safetensors")))
    #expect(clean["extractor"]?["weights_sha256"]?.string == SHA256.hex([UInt8](file)))
    #expect(clean["extractor"]?["resize"]?.string == "clean-fid")
    let export = try score(
      "export", "--from", "real", "--statistics", "real.npz", "--weights", "weights.safetensors")
    #expect(export.code == 0, "\(export.text)")
    #expect(try ReferenceFile(reading: place.file("real.npz")).spatial?.mean.count == 2023)
    let small = try score(
      "folders", "--real", "real", "--fake", "fake", "--weights", "weights.safetensors", "--layers",
      "inception-2015-12-05-64", "--metrics", "fid")
    #expect(
      small.code == 0 && small.output.contains("FD(inception-2015-12-05-64, clean-fid)"), "\(small.text)")
  }

  @Test func `weights that are not the network's are refused by name`() throws {
    try writePictures("real", [0])
    func refused(_ weights: String, _ more: String...) throws -> Command.Result {
      try Command.run(
        [
          Workplace.binaries + "/score", "folders", "--real", "real", "--fake", "real", "--weights", weights,
          "--metrics", "fid",
        ] + more, in: place.path)
    }
    try writeWeights("torchvision.safetensors") { tensors in
      tensors["fc.weight"] = ([1000, 2048], [Float](repeating: 0, count: 2_048_000))
      tensors["AuxLogits.fc.bias"] = ([1], [0])
    }
    let torchvision = try refused("torchvision.safetensors")
    #expect(torchvision.code == 65, "\(torchvision.text)")
    #expect(
      torchvision.error.contains("torchvision.safetensors: the weights are of torchvision's own Inception"),
      "\(torchvision.error)")
    try writeWeights("short.safetensors", bfloat16: true) { $0["Mixed_6e.branch_pool.bn.bias"] = nil }
    let short = try refused("short.safetensors")
    #expect(
      short.code == 65 && short.error.contains("missing Mixed_6e.branch_pool.bn.bias;"), "\(short.error)")
    try Safetensors(tensors: [StoredTensor("fc.bias", .i8, shape: [2], bytes: [1, 2])]).write(
      to: place.file("integers.safetensors"))
    let integers = try refused("integers.safetensors")
    #expect(integers.code == 65 && integers.error.contains("'fc.bias' has the dtype I8"), "\(integers.error)")
    #expect(try refused("nowhere.safetensors").code == 66)
    #expect(try refused("w", "--pipeline", "tf2").code == 64)
    #expect(try refused("w", "--network", "lite0", "--pipeline", "clean-fid").code == 64)
    #expect(try refused("w", "--network", "inception", "--layers", "lite0-1280").code == 64)
    #expect(try refused("w", "--layers", "inception-2015-12-05-64", "lite0-1280").code == 64)
    try writeWeights("bfloat16.safetensors", bfloat16: true)
    let rounded = try refused("bfloat16.safetensors")
    #expect(
      rounded.code == 0 && rounded.output.contains("FID(inception-2015-12-05, clean-fid)"), "\(rounded.text)")
  }

  @Test func `a run's features can be Inception's, of weights in any file`() throws {
    try writeWeights("weights.safetensors")
    let imported = try Command.run(
      [Workplace.binaries + "/shard", "import", "weights", "weights.safetensors", "--out", "weights.shard"],
      in: place.path)
    #expect(imported.code == 0, "\(imported.text)")
    func settings(_ layers: JSONValue, pipeline: String?) throws {
      var score: [String: JSONValue] = [
        "network": "weights.safetensors", "layers": layers, "neighbours": 1, "kernel_subsets": 0,
        "kernel_subset_size": 50, "jackknife_blocks": 0, "likelihood_images": 0, "seed": 1,
      ]
      if let pipeline { score["pipeline"] = .string(pipeline) }
      let settings: JSONValue = [
        "algorithm": 2, "compute": ["precision": "float32"],
        "data": [
          "source": "shapes", "path": "", "seed": 1, "train_images": 8, "test_images": 2, "size": 28,
          "channels": 1,
        ],
        "score": .object(score),
      ]
      try writeAtomically(Array(settings.text.utf8), to: place.file("score.json"))
    }
    try settings(["inception-2015-12-05-2048", "inception-2015-12-05-64"], pipeline: "pytorch-fid")
    let run = try score("features", "--config", "score.json", "--images", "test", "--out", "a.shard")
    #expect(run.code == 0, "\(run.text)")
    let other = try score(
      "features", "--config", "score.json", "--images", "test", "--network", "weights.shard", "--out",
      "b.shard")
    #expect(other.code == 0, "\(other.text)")
    let (first, second) = try (
      FeatureTable(reading: place.file("a.shard")), FeatureTable(reading: place.file("b.shard"))
    )
    #expect(first.features == second.features && first.dimension == 2112)
    #expect(
      first.extractor.hasPrefix("inception-2015-12-05-2048+inception-2015-12-05-64, pytorch-fid, sha256:"))
    for layers: JSONValue in [
      ["inception-2015-12-05-2048", "lite0-1280"], ["inception-2015-12-05-logits-1008"], ["lite0-7"],
    ] {
      try settings(layers, pipeline: nil)
      let refused = try score("features", "--config", "score.json", "--images", "test", "--out", "c.shard")
      #expect(refused.code == 78 && refused.error.contains("'score.layers'"), "\(refused.text)")
    }
    try settings(["lite0-1280"], pipeline: "pytorch-fid")
    let refused = try score("features", "--config", "score.json", "--images", "test", "--out", "c.shard")
    #expect(refused.code == 78 && refused.error.contains("'score.pipeline'"), "\(refused.text)")
  }
}
