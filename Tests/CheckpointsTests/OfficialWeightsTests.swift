import Checkpoints
import Models
import Shards
import TestSupport
import Testing

@Suite struct OfficialWeightsTests {
  /// The weights of a fixture, which has them under "w.".
  private func weights(_ name: String) throws -> [NamedTensor] {
    try Safetensors(reading: FixtureFile.folder.appending(path: name + ".safetensors").path).floats.compactMap
    {
      $0.name.hasPrefix("w.")
        ? NamedTensor(String($0.name.dropFirst(2)), shape: $0.shape, values: $0.values) : nil
    }
  }

  @Test func `a RandAR model's sizes are told from its shapes`() throws {
    let tensors = try weights("randar-a")
    let sizes = try OfficialWeights.transformer(tensors, heads: 4, grid: (4, 4), path: "x")
    #expect(sizes == RandARFixture.configuration)
    #expect(try OfficialWeights.transformer(tensors, heads: nil, grid: (4, 4), path: "x").heads == 1)
    #expect(!OfficialWeights.isTokenizer(tensors))
    let model = AnyOrderTransformer(configuration: sizes)
    try model.parameters.load(WeightsTable(tensors: tensors, model: nil), path: "x")
  }

  @Test func `an image tokenizer's sizes are told from its shapes`() throws {
    let tensors = try weights("vq-a")
    #expect(OfficialWeights.isTokenizer(tensors))
    let sizes = try OfficialWeights.tokenizer(tensors, imageSize: 16, groups: 32, path: "x")
    #expect(sizes.channels == 32 && sizes.multipliers == [1, 2] && sizes.residualBlocks == 1)
    #expect(sizes.latentChannels == 16 && sizes.codes == 64 && sizes.codeWidth == 8 && sizes.attention)
    let tokenizer = ImageTokenizer(configuration: sizes)
    try tokenizer.parameters.load(WeightsTable(tensors: tensors, model: nil), path: "x")
  }

  @Test func `other arrays and impossible sizes are refused`() throws {
    let tensors = try weights("randar-a")
    #expect(throws: CheckpointError.self) {
      try OfficialWeights.transformer([], heads: nil, grid: (4, 4), path: "x")
    }
    #expect(throws: CheckpointError.self) {
      try OfficialWeights.transformer(tensors, heads: 5, grid: (4, 4), path: "x")
    }
    #expect(throws: CheckpointError.self) {
      try OfficialWeights.tokenizer(tensors, imageSize: 16, groups: 32, path: "x")
    }
    var narrow = tensors
    narrow.removeAll { $0.name == "tok_embeddings.weight" }
    narrow.append(
      NamedTensor("tok_embeddings.weight", shape: [1, 48], values: [Float](repeating: 0, count: 48)))
    #expect(throws: CheckpointError.self) {
      try OfficialWeights.transformer(narrow, heads: nil, grid: (4, 4), path: "x")
    }
  }
}
