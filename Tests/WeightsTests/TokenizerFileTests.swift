import Files
import Formats
import Models
import Shards
import TestSupport
import Testing
import Weights

@Suite struct TokenizerFileTests {
  private let configuration = ImageTokenizerConfiguration(
    imageSize: 8, imageChannels: 3, encoder: .convolutional, channels: 4, multipliers: [1, 2],
    residualBlocks: 1, attention: true, groups: 2, latentChannels: 6, patchWidth: 1, codes: 10, codeWidth: 3)
  private let provenance = Provenance(stage: "test", algorithm: 1, configID: "c", seed: 1)

  @Test func `a tokenizer comes back from its shard with sizes, weights and facts`() throws {
    let folder = try TemporaryFolder()
    let tokenizer = ImageTokenizer(configuration: configuration)
    tokenizer.initialise(seed: 3)
    let path = folder.file("model.shard")
    let contentID = try TokenizerFile(tokenizer: tokenizer).table(facts: ["steps": 7])
      .write(to: path, provenance: provenance)
    let file = try TokenizerFile(reading: path)
    #expect(file.contentID == contentID)
    #expect(file.tokenizer.configuration == configuration)
    let images: [Float] = (0..<192).map { index in Float(index % 7) / 4 - 0.8 }
    let codes = tokenizer.encode(images: images, count: 1)
    #expect(file.tokenizer.encode(images: images, count: 1) == codes)
    #expect(file.tokenizer.decode(codes: codes, count: 1) == tokenizer.decode(codes: codes, count: 1))
    let table = try WeightsTable(reading: path)
    #expect(table.facts["steps"]?.int == 7)
    #expect(table.model["type"]?.string == "vq")
    #expect(table.model["code_width"]?.int == 3)
  }

  @Test func `weights of another model, other sizes or sizes that cannot be built are refused`() throws {
    let tokenizer = ImageTokenizer(configuration: configuration)
    let table = try TokenizerFile(tokenizer: tokenizer).table()
    func message(_ change: (inout [String: JSONValue]) -> Void) throws -> String {
      var model = try #require(table.model.object)
      change(&model)
      let changed = WeightsTable(tensors: table.tensors, model: .object(model))
      do { _ = try TokenizerFile(changed, path: "m.shard", contentID: "") } catch { return "\(error)" }
      return "nothing"
    }
    #expect(
      try message { $0["type"] = "any-order-transformer" }.hasPrefix(
        "m.shard does not fit: expected the weights of an image tokenizer (vq), found those of a model of type "
          + "'any-order-transformer'"))
    #expect(
      try message { $0["code_width"] = 4 }.contains(
        "quantize.embedding.weight expected [10, 4] found [10, 3]"))
    #expect(try message { $0["codes"] = 1 }.contains("codes must be in 2...65,536, found 1"))
    #expect(
      try message { $0["codes"] = nil }.contains(
        "its model lacks a size or has a wrong one: 'codes' is missing"))
    #expect(try message { $0["codes"] = "many" }.contains("'codes' is not a whole number"))
  }

  @Test(arguments: [
    ("codes", Int.max), ("channels", 65_536), ("channels", .max), ("residual_blocks", 1_000_000_000),
    ("latent_channels", 60_000), ("code_width", 65_536), ("image_size", .max), ("image_size", 1 << 20),
    ("groups", .max), ("patch_width", .min), ("image_channels", .max),
  ])
  func `sizes far beyond the tensors are refused before memory is asked for`(key: String, size: Int) throws {
    let table = try TokenizerFile(tokenizer: ImageTokenizer(configuration: configuration)).table()
    var model = try #require(table.model.object)
    model[key] = .integer(size)
    let error = #expect(throws: (any Error).self) {
      try TokenizerFile(
        WeightsTable(tensors: table.tensors, model: .object(model)), path: "m.shard", contentID: "")
    }
    let failure = try #require(error as? any StageFailure)
    #expect(failure.exitCode == 65)
    #expect(failure.description.hasPrefix("m.shard "))
  }
}
