extension ImageTokenizerConfiguration {
  /// The official image tokenizers at 256x256 pixels, by name (pipeline/method/tokenizer.md §3).
  public static let official: [(name: String, sizes: ImageTokenizerConfiguration)] = [
    ("LlamaGen VQ-16", llamagen(multipliers: [1, 1, 2, 2, 4])),
    ("LlamaGen VQ-8", llamagen(multipliers: [1, 2, 2, 4])),
    ("taming VQGAN f16-1024", taming(codes: 1024)),
    ("taming VQGAN f16-16384", taming(codes: 16_384)),
  ]

  /// What people call a tokenizer of these sizes, or its sizes where none is official.
  public var title: String {
    var sizes = self
    sizes.imageSize = 256
    if let found = Self.official.first(where: { $0.sizes == sizes }) { return found.name }
    let family = keys == .taming ? "taming VQGAN" : encoder == .patch ? "patch tokenizer" : "LlamaGen VQ"
    return "\(family) of no official size (\(channels) channels, multipliers \(multipliers), \(codes) codes "
      + "of width \(codeWidth))"
  }

  private static func llamagen(multipliers: [Int]) -> ImageTokenizerConfiguration {
    ImageTokenizerConfiguration(
      imageSize: 256, imageChannels: 3, encoder: .convolutional, channels: 128, multipliers: multipliers,
      residualBlocks: 2, attention: true, groups: 32, latentChannels: 256, patchWidth: 1, codes: 16_384,
      codeWidth: 8)
  }

  private static func taming(codes: Int) -> ImageTokenizerConfiguration {
    ImageTokenizerConfiguration(
      imageSize: 256, imageChannels: 3, encoder: .convolutional, channels: 128, multipliers: [1, 1, 2, 2, 4],
      residualBlocks: 2, attention: true, attentionLevels: [4], groups: 32, latentChannels: 256,
      patchWidth: 1, codes: codes, codeWidth: 256, distance: .euclidean, keys: .taming)
  }
}
