import EngineKit
import Files
import Images
import Models
import Shards
import StageKit
import TestSupport
import Testing
import Weights

private func file(
  width: Int = 8, hidden: Int = 12, height: Int = 2, gridWidth: Int = 3, codebook: String = "book"
) -> TransformerFile {
  TransformerFile(
    model: AnyOrderTransformer(
      configuration: AnyOrderConfiguration(
        width: width, layers: 1, heads: 2, hidden: hidden, codes: 16, classes: 3, gridHeight: height,
        gridWidth: gridWidth)),
    codebook: codebook, classNames: ["a", "b", "c"])
}

private func section(_ json: JSONValue) throws -> ModelSection {
  try StageConfiguration.decode(json, path: "settings.json")
}

private let sizes: JSONValue = ["width": 8, "layers": 1, "heads": 2, "hidden": 12]

@Test func `a model speaks of the grid and the codebook of its tokens`() throws {
  let tokens = TokenRun.tokens([4, 9], labels: [2, 0])
  #expect(throws: Never.self) { try file().check(tokens: tokens, path: "m") }
  #expect(throws: ShardError.self) { try file(codebook: "other").check(tokens: tokens, path: "m") }
  // As many locations, but turned.
  #expect(throws: ShardError.self) { try file(height: 3, gridWidth: 2).check(tokens: tokens, path: "m") }
}

@Test func `a stored model has the sizes of its settings`() throws {
  let model = try section(sizes)
  #expect(throws: Never.self) { try model.check(file(), path: "m", config: "c") }
  #expect(throws: ShardError.self) { try model.check(file(hidden: 16), path: "m", config: "c") }
  #expect(throws: ShardError.self) { try model.check(file(width: 16), path: "m", config: "c") }
}

@Test(arguments: [(8, 2, true), (24, 2, true), (4, 2, false), (9, 2, false), (12, 2, false)])
func `a head has a multiple of four elements`(width: Int, heads: Int, holds: Bool) throws {
  let json: JSONValue = ["width": .integer(width), "layers": 1, "heads": .integer(heads), "hidden": 12]
  if holds {
    #expect(try section(json).width == width)
  } else {
    #expect(throws: ConfigurationError.self) { try section(json) }
  }
}

private func data(
  train: Int = 8, test: Int = 5, channels: Int = 1, seed: Int = 3, source: String = "shapes",
  skipBroken: Bool? = nil
) throws -> DataSettings {
  var json: [String: JSONValue] = [
    "source": .string(source), "path": "", "seed": .integer(seed), "train_images": .integer(train),
    "test_images": .integer(test), "size": 12, "channels": .integer(channels),
  ]
  json["skip_broken"] = skipBroken.map(JSONValue.bool)
  return try StageConfiguration.decode(.object(json), path: "settings.json")
}

@Test func `only sources with captions leave out what is broken`() throws {
  for source in ["captioned-folder", "captioned-webdataset"] {
    #expect(try data(source: source, skipBroken: true).skipBroken == true)
  }
  #expect(try data(skipBroken: false).skipBroken == false)
  for source in ["folder", "webdataset", "shapes", "captions"] {
    #expect(throws: ConfigurationError.self) { try data(source: source, skipBroken: true) }
  }
}

@Test func `each split has as many images as its setting says`() throws {
  let settings = try data()
  #expect(try settings.catalogue(.train).count == 8)
  #expect(try settings.catalogue(.test).count == 5)
}

@Test func `images have one channel or three`() throws {
  #expect(try data(channels: 3).channels == 3)
  for channels in [0, 2, 4] {
    #expect(throws: ConfigurationError.self) { try data(channels: channels) }
  }
}
