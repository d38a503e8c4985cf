import Foundation
import Models
import TestSupport
import Testing

/// Official sizes against the numbers of the papers and lists of the official files' keys.
@Suite struct OfficialSizesTests {
  private func tokenizer(_ name: String) throws -> ImageTokenizerConfiguration {
    try #require(ImageTokenizerConfiguration.official.first { $0.name == name }).sizes
  }

  private func shapes(_ sizes: ImageTokenizerConfiguration) -> [String: [Int]] {
    let parameters = ImageTokenizer(configuration: sizes).parameters
    return Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value.shape) })
  }

  @Test(arguments: [
    ("RandAR-B", 110_889_216), ("RandAR-L", 342_912_000), ("RandAR-XL", 774_700_800),
    ("RandAR-XXL", 1_410_974_208),
  ])
  func `an official transformer has the published number of parameters`(name: String, count: Int) throws {
    let sizes = try #require(AnyOrderConfiguration.official.first { $0.name == name }).sizes
    #expect(sizes.parameterShapes.values.reduce(0) { $0 + $1.reduce(1, *) } == count)
    #expect(sizes.title == name && sizes.headWidth == 64)
  }

  @Test func `shapes without a model are those of the model`() {
    let sizes = RandARFixture.configuration
    let parameters = AnyOrderTransformer(configuration: sizes).parameters
    let shapes = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value.shape) })
    #expect(sizes.parameterShapes == shapes)
    #expect(sizes.title.hasPrefix("RandAR of no official size (width 64, 2 layers"))
  }

  @Test func `LlamaGen's VQ-16 has the official keys and shapes`() throws {
    let list = try String(contentsOf: FixtureFile.folder.appending(path: "vq16-keys.txt"), encoding: .utf8)
    var official: [String: [Int]] = [:]
    for line in list.split(separator: "\n") {
      let words = line.split(separator: " ", maxSplits: 1)
      official[String(words[0])] = words[1].split { !$0.isNumber }.compactMap { Int($0) }
    }
    #expect(official.count == 344)
    #expect(official.removeValue(forKey: "quantize.codebook_used") == [65_536])
    let sizes = try tokenizer("LlamaGen VQ-16")
    #expect(shapes(sizes) == official)
    #expect(sizes.gridSize == 16 && ImageTokenizer(configuration: sizes).parameterCount == 71_883_403)
    let fine = try tokenizer("LlamaGen VQ-8")
    #expect(fine.gridSize == 32 && fine.title == "LlamaGen VQ-8")
  }

  @Test func `taming's VQGAN has the official keys and shapes`() throws {
    let url = FixtureFile.folder.appending(path: "vqgan-f16-1024-shapes.json")
    let official = try JSONDecoder().decode([String: [Int]].self, from: Data(contentsOf: url))
    let sizes = try tokenizer("taming VQGAN f16-1024")
    #expect(official.count == 343 && shapes(sizes) == official)
    #expect(ImageTokenizer(configuration: sizes).parameterCount == 72_141_699)
    var other = official
    other["quantize.embedding.weight"] = [16_384, 256]
    #expect(try shapes(tokenizer("taming VQGAN f16-16384")) == other)
  }

  @Test func `sizes from before there were distances and keys mean LlamaGen's`() throws {
    let text = """
      {"image_size": 8, "image_channels": 3, "encoder": "convolutional", "channels": 4, "multipliers": [1, 2],
       "residual_blocks": 1, "attention": true, "groups": 2, "latent_channels": 6, "patch_width": 1,
       "codes": 10, "code_width": 3}
      """
    let old = try JSONDecoder().decode(ImageTokenizerConfiguration.self, from: Data(text.utf8))
    #expect(old.distance == .cosine && old.keys == .llamagen && old.attendingLevels == [1])
    let taming = try tokenizer("taming VQGAN f16-1024")
    for sizes in [old, taming] {
      let data = try JSONEncoder().encode(sizes)
      #expect(try JSONDecoder().decode(ImageTokenizerConfiguration.self, from: data) == sizes)
    }
  }

  @Test func `attention and keys that cannot be built are refused`() throws {
    var sizes = try tokenizer("taming VQGAN f16-1024")
    sizes.attentionLevels = [5]
    #expect(sizes.problem == "attention_levels must be among 0...4, found 5")
    sizes.attentionLevels = [4]
    sizes.encoder = .patch
    #expect(sizes.problem == "the patch encoder has no keys of taming")
  }
}
