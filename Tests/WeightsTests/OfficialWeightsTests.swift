import Formats
import Foundation
import Models
import Shards
import TestSupport
import Testing
import Weights

@Suite struct OfficialWeightsTests {
  /// The shapes of a fixture's weights, which it has under a prefix.
  private func shapes(_ name: String, prefix: String = "w.") throws -> [String: [Int]] {
    let fixture = try FixtureFile(named: name)
    return Dictionary(
      uniqueKeysWithValues: fixture.keys.filter { $0.hasPrefix(prefix) }.map {
        (String($0.dropFirst(prefix.count)), fixture.shape($0))
      })
  }

  private func message(_ shapes: [String: [Int]], _ options: OfficialWeights.Options = .init()) -> String {
    do {
      guard let model = try OfficialWeights.recognise(shapes, options, path: "x") else { return "unknown" }
      try model.check(shapes, path: "x")
      return model.title
    } catch { return "\(error)" }
  }

  @Test func `a RandAR model's sizes are told from its shapes`() throws {
    let shapes = try shapes("randar-a")
    let options = OfficialWeights.Options(heads: 4, grid: (4, 4))
    let model = try #require(try OfficialWeights.recognise(shapes, options, path: "x"))
    #expect(model.transformer == RandARFixture.configuration && model.shapes == shapes)
    #expect(try OfficialWeights.transformer(shapes, heads: nil, grid: (4, 4), path: "x").heads == 1)
  }

  @Test func `image tokenizers of both families are told from their shapes`() throws {
    let llamagen = try OfficialWeights.tokenizer(shapes("vq-a"), imageSize: 16, groups: 32, path: "x")
    #expect(llamagen.channels == 32 && llamagen.multipliers == [1, 2] && llamagen.residualBlocks == 1)
    #expect(llamagen.latentChannels == 16 && llamagen.codes == 64 && llamagen.codeWidth == 8)
    #expect(llamagen.attention && llamagen.distance == .cosine && llamagen.keys == .llamagen)
    let weights = try shapes("vqgan-a", prefix: "param.")
    let taming = try OfficialWeights.tokenizer(weights, imageSize: 32, groups: 32, path: "x")
    #expect(taming.multipliers == [1, 1, 2] && taming.attentionLevels == [2] && taming.codes == 40)
    #expect(taming.distance == .euclidean && taming.keys == .taming && taming.codeWidth == 12)
    #expect(taming.attention && taming.residualBlocks == 1)
  }

  @Test(arguments: AnyOrderConfiguration.official.map(\.name))
  func `official transformers are called by their names`(name: String) throws {
    let sizes = try #require(AnyOrderConfiguration.official.first { $0.name == name }).sizes
    var shapes = sizes.parameterShapes
    shapes["layers.0.attention.kv_cache.k_cache"] = [1]
    shapes["freqs_cis"] = [257, 32, 2]
    #expect(message(shapes) == name)
    shapes["tok_embeddings.weight"] = [1024, sizes.width]
    shapes["output.weight"] = [1024, sizes.width]
    #expect(message(shapes) == "\(name) with 1024 codes, 1000 classes and 16x16 tokens")
  }

  @Test(arguments: ImageTokenizerConfiguration.official.map(\.name))
  func `official tokenizers are called by their names`(name: String) throws {
    let sizes = try #require(ImageTokenizerConfiguration.official.first { $0.name == name }).sizes
    let parameters = ImageTokenizer(configuration: sizes).parameters
    var shapes = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value.shape) })
    #expect(message(shapes) == name)
    shapes["loss.perceptual_loss.net.slice1.0.weight"] = [64, 3, 3, 3]
    #expect(message(shapes) == name)
    shapes["decoder.conv_in.bias"] = nil
    shapes["extra"] = [1]
    shapes["quant_conv.bias"] = [7]
    #expect(
      message(shapes).hasPrefix(
        "x holds other weights than those of \(name): 1 missing (decoder.conv_in.bias), 1 unexpected (extra), "
          + "1 of another shape (quant_conv.bias expected [\(sizes.codeWidth)] found [7])"))
  }

  @Test func `long lists of differences are counted and cut short`() {
    let shapes = AnyOrderConfiguration.official[0].sizes.parameterShapes.filter {
      !$0.key.hasPrefix("layers.11.")
    }
    var holed = shapes
    for layer in 0..<8 { holed["layers.\(layer).ffn_norm.weight"] = nil }
    let text = message(holed)
    #expect(
      text.contains("8 missing (layers.0.ffn_norm.weight, ") && text.contains("layers.5.ffn_norm.weight, …)"))
    #expect(!text.contains("layers.6.ffn_norm"))
  }

  @Test func `models of other kinds and impossible sizes are refused with the reason`() throws {
    var shapes = try shapes("randar-a")
    let small = OfficialWeights.Options(heads: 5, grid: (4, 4))
    #expect(message(shapes, small).contains("width 64 is not a multiple of heads 5"))
    shapes["tok_embeddings.weight"] = [32, 48]
    #expect(message(shapes).contains("expected a width that is a multiple of 64, or --heads, found width 48"))
    shapes["pos_instruct_embeddings"] = nil
    #expect(message(shapes).contains("a transformer without it, such as LlamaGen's raster models"))
    #expect(message([:]) == "unknown" && message(["a.weight": [1]]) == "unknown")
    #expect(message(["quantize.embed.weight": [8192, 256]]).contains("Gumbel"))
    #expect(
      message(["decoder.conv_blocks.0.res.0.conv1.weight": [1, 1, 3, 3]]).contains(
        "expected an image tokenizer with 'decoder.conv_out.weight'"))
    #expect(throws: FormatError.self) {
      try OfficialWeights.tokenizer(shapes, imageSize: 16, groups: 32, path: "x")
    }
  }
}
