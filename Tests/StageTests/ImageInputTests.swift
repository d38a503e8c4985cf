import Files
import Formats
import Foundation
import Images
import Models
import Shards
import TestSupport
import Testing
import Weights

/// `tokenize encode` on pictures of any size with an imported tokenizer, and code folders of other programs.
@Suite struct ImageInputTests {
  private let place: TemporaryFolder
  private static let sizes = [(40, 23), (17, 31), (16, 16), (70, 64), (20, 90)]

  /// Pictures of many sizes in two classes, and an official tokenizer of 16x16 images.
  init() throws {
    place = try TemporaryFolder()
    for (index, (width, height)) in Self.sizes.enumerated() {
      try write(picture(width, height, index), to: "images/train/\(index % 2)/\(index).png")
    }
    try write(picture(19, 33, 9), to: "images/val/1/9.png")
    let tensors = try Safetensors(reading: FixtureFile.folder.appending(path: "vq-a.safetensors").path)
      .tensors
      .filter { $0.name.hasPrefix("w.") }
      .map { StoredTensor(String($0.name.dropFirst(2)), $0.type, shape: $0.shape, bytes: $0.bytes) }
    try Safetensors(tensors: tensors).write(to: place.file("vq-a.safetensors"))
    try run("shard", "import", "weights", "vq-a.safetensors", "--image-size", "16", "--out", "vq.shard")
  }

  private func picture(_ width: Int, _ height: Int, _ index: Int) -> Image {
    let pixels = (0..<width * height * 3).map { UInt8(($0 * (index + 3) / 5 + $0 / (3 * width) * 7) % 256) }
    return Image(width: width, height: height, channels: 3, pixels: pixels)
  }

  private func write(_ image: Image, to name: String) throws {
    let url = URL(filePath: place.file(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try PNG.write(image, to: url.path)
  }

  @discardableResult
  private func run(_ arguments: String..., code: Int32 = 0) throws -> Command.Result {
    try run(arguments, code: code)
  }

  @discardableResult
  private func run(_ arguments: [String], code: Int32 = 0) throws -> Command.Result {
    let words = [Workplace.binaries + "/" + arguments[0]] + arguments.dropFirst()
    let result = try Command.run(words, in: place.path)
    #expect(result.code == code, "\(arguments.joined(separator: " ")): \(result.text)")
    return result
  }

  private func settings(crop: String? = "adm", tokens: [String: JSONValue] = [:], batch: Int = 2) throws {
    var data: [String: JSONValue] = [
      "source": "folder", "path": .string(place.file("images")), "seed": 1, "train_images": 0,
      "test_images": 0,
      "size": 16, "channels": 3,
    ]
    if let crop { data["crop"] = .string(crop) }
    var section: [String: JSONValue] = ["train_shards": 2, "test_shards": 1, "batch": .integer(batch)]
    section.merge(tokens) { $1 }
    let settings: JSONValue = ["algorithm": 2, "data": .object(data), "tokens": .object(section)]
    try writeAtomically(Array(settings.text.utf8), to: place.file("tokens.json"))
  }

  private func encode(_ split: String, _ shard: String, code: Int32 = 0) throws -> Command.Result {
    try run(
      "tokenize", "encode", "--config", "tokens.json", "--tokenizer", "vq.shard", "--split", split, "--shard",
      shard, "--out", "tokens/\(split)/tokens-\(shard).shard", code: code)
  }

  @Test(
    arguments: [
      ("none", [:], Augmentation.none), ("flip", [:], .flip), ("ten-crop", [:], .tenCrop(range: 1.1)),
      (
        "random-crops", ["views": 3, "crop_area": 0.5],
        .randomCrops(RandomCrops(count: 2, leastArea: 0.5, seed: 1))
      ),
      ("random-crops", ["views": 2], .randomCrops(RandomCrops(count: 1, leastArea: 0.75, seed: 1))),
    ] as [(String, [String: JSONValue], Augmentation)])
  func `every view of every picture becomes the codes of its own pixels`(
    name: String, further: [String: JSONValue], augmentation: Augmentation
  ) throws {
    try settings(tokens: further.merging(["augmentation": .string(name)]) { $1 })
    for shard in ["00000-of-00002", "00001-of-00002"] { _ = try encode("train", shard) }
    _ = try encode("test", "00000-of-00001")
    let paths = ["train/tokens-00000-of-00002", "train/tokens-00001-of-00002", "test/tokens-00000-of-00001"]
    let tables = try paths.map { try TokenTable(reading: place.file("tokens/\($0).shard")) }
    let views = augmentation.count
    #expect(tables.map(\.count) == [3 * views, 2 * views, 1])
    #expect(tables.map(\.views) == [views, views, 1])
    // Pictures sort by class, then name: 0, 2, 4 of the class 0, then 1, 3.
    let sequence = [0, 2, 4, 1, 3]
    #expect(
      tables[0].labels + tables[1].labels
        == sequence.flatMap { [UInt32](repeating: UInt32($0 % 2), count: views) })
    #expect(tables[0].sampleIDs + tables[1].sampleIDs == (0..<UInt64(5 * views)).map { $0 })
    let tokenizer = try TokenizerFile(reading: place.file("vq.shard")).tokenizer
    let preparation = ImagePreparation(size: 16, channels: 3, crop: .adm)
    let expected = sequence.enumerated().flatMap { sample, index -> [Int] in
      let image = picture(Self.sizes[index].0, Self.sizes[index].1, index)
      return augmentation.views(of: image, sample: UInt64(sample), preparation).flatMap {
        tokenizer.encode(images: ImageTokenizer.values($0.pixels[...]), count: 1)
      }
    }
    #expect((tables[0].tokens + tables[1].tokens).map(Int.init) == expected)
    #expect(Set(expected).count > 8)
  }

  @Test func `code folders of both layouts take tokens out and bring them back`() throws {
    try settings(tokens: ["augmentation": "flip"])
    for shard in ["00000-of-00002", "00001-of-00002"] { _ = try encode("train", shard) }
    let whole = try ["0", "1"].map {
      try TokenTable(reading: place.file("tokens/train/tokens-0000\($0)-of-00002.shard"))
    }
    for (layout, further) in [("randar", []), ("llamagen", ["--augmentations", "2"])] {
      try run(["shard", "export", "codes", "tokens/train", "--layout", layout, "--out", layout] + further)
      try run(
        "shard", "import", "codes", layout, "--tokenizer", "vq.shard", "--split", "train", "--shards", "1",
        "--out", "back-\(layout)")
      let back = try TokenTable(reading: place.file("back-\(layout)/tokens-00000-of-00001.shard"))
      #expect(back.tokens == whole[0].tokens + whole[1].tokens)
      #expect(back.labels == whole[0].labels + whole[1].labels && back.codebook == whole[0].codebook)
      #expect(back.sampleIDs == whole[0].sampleIDs + whole[1].sampleIDs)
    }
    let again = try run(
      "shard", "export", "codes", "tokens/train", "--layout", "randar", "--out", "randar", code: 65)
    #expect(again.error.contains("expected a new folder's name"))
    let odd = try run(
      "shard", "export", "codes", "tokens/train", "--layout", "randar", "--augmentations", "3", "--out",
      "odd",
      code: 65)
    #expect(odd.error.contains("expected 3 samples of each image beside each other"))
    #expect(!FileManager.default.fileExists(atPath: place.file("odd")))
  }

  @Test func `settings that do not fit are named`() throws {
    try settings(crop: nil)
    #expect(try encode("train", "00000-of-00002", code: 65).error.contains("set data.crop to adm"))
    try settings(crop: nil, tokens: ["augmentation": "ten-crop"])
    #expect(try encode("train", "00000-of-00002", code: 78).error.contains("'data.crop' must be adm"))
    try settings(tokens: ["augmentation": "twice"])
    #expect(try encode("train", "00000-of-00002", code: 78).error.contains("none, flip, ten-crop"))
    try settings(tokens: ["augmentation": "flip", "crop_range": 1.2])
    #expect(try encode("train", "00000-of-00002", code: 78).error.contains("crop_range"))
    for (further, words) in [
      ([:], "tokens.views"), (["views": 1], "between 2 and 1000"), (["views": 1001], "between 2 and 1000"),
      (["views": 3, "crop_area": 0], "above 0 and at most 1"),
      (["views": 3, "crop_range": 1.2], "crop_range"),
    ] as [([String: JSONValue], String)] {
      try settings(tokens: further.merging(["augmentation": "random-crops"]) { $1 })
      #expect(try encode("train", "00000-of-00002", code: 78).error.contains(words))
    }
    for further in [["views": 3], ["crop_area": 0.5]] as [[String: JSONValue]] {
      try settings(tokens: further.merging(["augmentation": "flip"]) { $1 })
      #expect(
        try encode("train", "00000-of-00002", code: 78).error.contains(
          "unless 'augmentation' is random-crops"))
    }
    try settings(crop: "centre")
    #expect(try encode("train", "00000-of-00002", code: 78).error.contains("none, adm"))
  }

  @Test func `an image that changes is an input that changes`() throws {
    try settings()
    _ = try encode("train", "00000-of-00002")
    #expect(try encode("train", "00000-of-00002").error.contains("is unchanged"))
    try write(picture(40, 23, 6), to: "images/train/1/1.png")  // of the other shard
    #expect(try encode("train", "00000-of-00002").error.contains("is unchanged"))
    try write(picture(40, 23, 6), to: "images/train/0/0.png")
    #expect(try !encode("train", "00000-of-00002").error.contains("is unchanged"))
  }
}
