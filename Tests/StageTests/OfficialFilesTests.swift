import Formats
import Foundation
import Models
import Shards
import TestSupport
import Testing
import Weights

/// Files of other programs through `shard import`, `shard export` and `shard random-weights`.
@Suite struct OfficialFilesTests {
  private static let binary = Workplace.binaries + "/shard"

  private func shard(_ arguments: String...) throws -> Command.Result {
    try Command.run([Self.binary] + arguments, in: Workplace.project)
  }

  /// The tensors that a fixture has under a prefix, with their types.
  private func weights(_ name: String, prefix: String = "w.") throws -> [StoredTensor] {
    let path = FixtureFile.folder.appending(path: name + ".safetensors").path
    return try Safetensors(reading: path).tensors.filter { $0.name.hasPrefix(prefix) }.map {
      StoredTensor(String($0.name.dropFirst(prefix.count)), $0.type, shape: $0.shape, bytes: $0.bytes)
    }
  }

  private static let randAR = ("randar-a", "w.", ["--heads", "4", "--grid", "4x4"])

  @Test(arguments: [
    randAR, ("vq-a", "w.", ["--image-size", "16"]), ("vqgan-a", "param.", ["--image-size", "32"]),
  ])
  func `an official file goes in and comes out as the same bytes`(
    name: String, prefix: String, options: [String]
  ) throws {
    let folder = try TemporaryFolder()
    for type in [StoredTensor.ElementType.f32, .bf16, .f16] {
      // One tensor stays single precision, as in files whose norms do.
      let tensors = try weights(name, prefix: prefix).map { tensor in
        StoredTensor(
          tensor.name, tensor.name.hasSuffix("norm.weight") ? .f32 : type, shape: tensor.shape,
          floats: tensor.floats)
      }
      try Safetensors(tensors: tensors, metadata: ["format": "pt"]).write(to: folder.file("official"))
      let words = [Self.binary, "import", "weights", folder.file("official")] + options
      let imported = try Command.run(words + ["--out", folder.file("a.shard")], in: Workplace.project)
      #expect(imported.code == 0, "\(imported.error)")
      #expect(!imported.output.contains("left out"))
      let exported = try shard("export", folder.file("a.shard"), "--out", folder.file("back"))
      #expect(exported.code == 0, "\(exported.error)")
      #expect(try Data(contentsOf: folder.url("official")) == Data(contentsOf: folder.url("back")))
    }
  }

  @Test func `imported tokenizers of both families give the official codes`() throws {
    let folder = try TemporaryFolder()
    for (name, prefix, size, image, codes) in [
      ("vq-a", "w.", 16, "in.image", "out.indices"), ("vqgan-a", "param.", 32, "image01", "indices"),
    ] {
      try Safetensors(tensors: weights(name, prefix: prefix)).write(to: folder.file("official"))
      let result = try shard(
        "import", "weights", folder.file("official"), "--image-size", "\(size)", "--out",
        folder.file("a.shard"))
      #expect(result.code == 0, "\(result.error)")
      let fixture = try FixtureFile(named: name)
      let images = fixture.channelsLast(image).map { image == "image01" ? 2 * $0 - 1 : $0 }
      let file = try TokenizerFile(reading: folder.file("a.shard"))
      #expect(file.tokenizer.encode(images: images, count: 2) == fixture.ints(codes))
    }
  }

  @Test func `what a model does not read is left out by name, and the codebook's counts are kept`() throws {
    let folder = try TemporaryFolder()
    let extra = ["loss.discriminator.main.0.weight", "loss.logvar", "freqs_cis"].map {
      StoredTensor($0, .f32, shape: [1], floats: [1])
    }
    try Safetensors(tensors: weights("vqgan-a", prefix: "param.") + extra).write(to: folder.file("taming"))
    let result = try shard(
      "import", "weights", folder.file("taming"), "--image-size", "32", "--out", folder.file("a.shard"))
    #expect(
      result.output.contains("left out 3 tensors that the model does not read: freqs_cis, loss.* (2)"),
      "\(result.text)")
    let counts = StoredTensor("quantize.codebook_used", .f32, shape: [4], floats: [1, 2, 3, 4])
    try Safetensors(tensors: weights("vq-a") + [counts]).write(to: folder.file("llamagen"))
    let kept = try shard(
      "import", "weights", folder.file("llamagen"), "--image-size", "16", "--out", folder.file("b.shard"))
    #expect(kept.code == 0 && !kept.output.contains("left out"))
    #expect(try shard("export", folder.file("b.shard"), "--out", folder.file("back")).code == 0)
    #expect(try Safetensors(reading: folder.file("back"))["quantize.codebook_used"] == counts)
    #expect(try TokenizerFile(reading: folder.file("b.shard")).tokenizer.configuration.codes == 64)
  }

  @Test func `a model that does not fit its tokenizer is refused in one sentence`() throws {
    let folder = try TemporaryFolder()
    try Safetensors(tensors: weights("vq-a")).write(to: folder.file("vq"))
    try Safetensors(tensors: weights("randar-a")).write(to: folder.file("randar"))
    let tokenizer = folder.file("vq.shard")
    #expect(
      try shard("import", "weights", folder.file("vq"), "--image-size", "16", "--out", tokenizer).code == 0)
    let vocabulary = try shard(
      "import", "weights", folder.file("randar"), "--heads", "4", "--tokenizer", tokenizer, "--out",
      folder.file("a.shard"))
    #expect(vocabulary.code == 65)
    #expect(
      vocabulary.error.contains("expected a model of the 64 codes of \(tokenizer), found one of 32 codes"))
    let sizes = AnyOrderConfiguration(
      width: 8, layers: 1, heads: 2, hidden: 8, codes: 64, classes: 2, gridHeight: 8, gridWidth: 8)
    let tensors = sizes.parameterShapes.map {
      StoredTensor($0.key, .f32, shape: $0.value, floats: [Float](repeating: 0, count: $0.value.reduce(1, *)))
    }
    try Safetensors(tensors: tensors).write(to: folder.file("small"))
    func grid(_ words: String...) throws -> Command.Result {
      try Command.run(
        [
          Self.binary, "import", "weights", folder.file("small"), "--heads", "2", "--tokenizer", tokenizer,
          "--out", folder.file("a.shard"),
        ] + words, in: Workplace.project)
    }
    #expect(try grid("--grid", "8x8").code == 0)
    let other = try grid()
    #expect(other.code == 65 && other.error.contains("expected a grid of 8x8 tokens (--grid), as"))
    #expect(other.error.contains("found 16x16") && other.error.split(separator: "\n").count == 1)
    let twice = try shard(
      "import", "weights", folder.file("vq"), "--image-size", "16", "--tokenizer", tokenizer, "--out",
      folder.file("a.shard"))
    #expect(twice.code == 65 && twice.error.contains("expected a transformer, as --tokenizer says"))
  }

  @Test func `files of nothing that is known and of integers are refused`() throws {
    let folder = try TemporaryFolder()
    try Safetensors(tensors: [StoredTensor("a", .f32, shape: [1], floats: [1])]).write(to: folder.file("x"))
    let unknown = try shard("import", "weights", folder.file("x"), "--out", folder.file("a.shard"))
    #expect(unknown.code == 65 && unknown.error.contains("expected the keys of RandAR"))
    #expect(unknown.error.contains("found 'a'"))
    var tensors = try weights("vq-a")
    let first = tensors.removeFirst()
    tensors.append(
      StoredTensor(
        first.name, .u8, shape: first.shape, bytes: [UInt8](repeating: 0, count: first.count)[...]))
    try Safetensors(tensors: tensors).write(to: folder.file("x"))
    let integers = try shard(
      "import", "weights", folder.file("x"), "--image-size", "16", "--out", folder.file("a.shard"))
    #expect(integers.code == 65 && integers.error.contains("of F32, F16, BF16 or F64, found U8"))
    #expect(folder.names == ["x"])
  }

  @Test func `random weights of a seed are the same bytes and pass the import`() throws {
    let folder = try TemporaryFolder()
    for (name, seed) in [("a", "1"), ("b", "1"), ("c", "2")] {
      let result = try shard(
        "random-weights", "--model", "efficientnet-lite0", "--dtype", "F16", "--seed", seed, "--out",
        folder.file(name))
      #expect(result.code == 0, "\(result.error)")
    }
    #expect(try Data(contentsOf: folder.url("a")) == Data(contentsOf: folder.url("b")))
    #expect(try Data(contentsOf: folder.url("a")) != Data(contentsOf: folder.url("c")))
    let imported = try shard("import", "weights", folder.file("a"), "--out", folder.file("a.shard"))
    #expect(imported.output.contains("EfficientNet-Lite0  98 tensors"), "\(imported.text)")
    #expect(try WeightsTable(reading: folder.file("a.shard")).model["type"]?.string == "efficientnet-lite0")
    #expect(try shard("random-weights", "--model", "vq-17", "--out", folder.file("x")).code == 64)
    #expect(try shard("random-weights", "--model", "vq-16", "--dtype", "I8", "--out", "x").code == 64)
  }

  @Test func `the FID's Inception is recognised and torchvision's refused with the reason`() throws {
    let folder = try TemporaryFolder()
    let url = FixtureFile.folder.appending(path: "inception-keys.json")
    let keys = try JSONDecoder().decode([String: [Int]].self, from: Data(contentsOf: url))
    #expect(
      try shard("random-weights", "--model", "inception-v3", "--dtype", "BF16", "--out", folder.file("fid"))
        .code == 0)
    let file = try Safetensors(reading: folder.file("fid"))
    #expect(Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0.shape) }) == keys)
    let imported = try shard("import", "weights", folder.file("fid"), "--out", folder.file("a.shard"))
    #expect(imported.output.contains("FID Inception-v3 (2015-12-05)  472 tensors"), "\(imported.text)")
    #expect(imported.output.contains("left out 94 tensors"))
    let table = try WeightsTable(reading: folder.file("a.shard"))
    #expect(table.model["type"]?.string == "fid-inception-v3" && table["fc.weight"]?.shape == [1008, 2048])

    func refusal(_ change: ([StoredTensor]) -> [StoredTensor]) throws -> String {
      try Safetensors(tensors: change(file.tensors)).write(to: folder.file("other"))
      let result = try shard("import", "weights", folder.file("other"), "--out", folder.file("b.shard"))
      #expect(result.code == 65)
      return result.error
    }
    let thousand = [Float](repeating: 0, count: 2_048_000)
    let classes = try refusal { tensors in
      tensors.filter { !$0.name.hasPrefix("fc.") } + [
        StoredTensor("fc.weight", .f32, shape: [1000, 2048], floats: thousand),
        StoredTensor("fc.bias", .f32, shape: [1000], floats: Array(thousand.prefix(1000))),
      ]
    }
    #expect(classes.contains("found torchvision's, trained otherwise and with fc.weight [1000, 2048]"))
    let auxiliary = StoredTensor("AuxLogits.conv0.conv.weight", .f32, shape: [1], floats: [0])
    #expect(try refusal { $0 + [auxiliary] }.contains("torchvision's, trained otherwise, with AuxLogits.*"))
    let holed = try refusal { $0.filter { !$0.name.hasPrefix("Mixed_7a.") } }
    #expect(
      holed.contains("those of FID Inception-v3 (2015-12-05): 30 missing (Mixed_7a.branch3x3_1.bn.bias, "))
  }
}
