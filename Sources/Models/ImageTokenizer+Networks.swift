import Layers

extension ImageTokenizerConfiguration {
  /// Images (batch, size, size, image channels) to latents (batch, grid, grid, latent channels).
  func makeEncoder() -> LayerSequence {
    switch encoder {
    case .convolutional: LayerSequence(convolutionalEncoder())
    case .patch: LayerSequence(patchEncoder())
    }
  }

  /// The official encoder: levels of residual blocks with downsampling between them, then the middle.
  private func convolutionalEncoder() -> [any ImageLayer] {
    var layers: [any ImageLayer] = [
      Convolution("encoder.conv_in", inputs: imageChannels, outputs: channels, kernel: 3, isFirst: true)
    ]
    var width = channels
    for level in multipliers.indices {
      let name = levelName(.encoder, level)
      layers += blocks(name, residualBlocks, level: level, width: &width)
      if level < multipliers.count - 1 {
        layers.append(
          Convolution(
            "\(name).downsample.conv", inputs: width, outputs: width, kernel: 3, stride: 2, padding: .trailing
          ))
      }
    }
    return layers + middle(.encoder, width) + [
      GroupNorm("encoder.norm_out", channels: width, groups: groups), Swish(),
      Convolution("encoder.conv_out", inputs: width, outputs: latentChannels, kernel: 3),
    ]
  }

  /// One step per code from pixels to a hidden vector, then blocks that never look beside themselves. There
  /// is no normalisation over space, which would let the rest of the image leak into a code.
  private func patchEncoder() -> [any ImageLayer] {
    let embedding = Convolution(
      "encoder.patch", inputs: imageChannels, outputs: patchWidth, kernel: patchSize, stride: patchSize,
      padding: Convolution.Padding.none, isFirst: true)
    let blocks = (0..<2 * residualBlocks).map {
      ResidualBlock.pointwise("encoder.blocks.\($0)", channels: patchWidth)
    }
    return [embedding] + blocks + [
      Swish(), Convolution("encoder.conv_out", inputs: patchWidth, outputs: latentChannels, kernel: 1),
    ]
  }

  /// Latents to images, from the lowest resolution up. There is no squashing at the end.
  func makeDecoder() -> LayerSequence {
    var width = channels * (multipliers.last ?? 1)
    var layers: [any ImageLayer] = [
      Convolution("decoder.conv_in", inputs: latentChannels, outputs: width, kernel: 3)
    ]
    layers += middle(.decoder, width)
    for level in multipliers.indices.reversed() {
      let name = levelName(.decoder, level)
      layers += blocks(name, residualBlocks + 1, level: level, width: &width)
      if level > 0 {
        layers.append(NearestUpsample())
        layers.append(Convolution("\(name).upsample.conv", inputs: width, outputs: width, kernel: 3))
      }
    }
    layers +=
      [
        GroupNorm("decoder.norm_out", channels: width, groups: groups), Swish(),
        Convolution("decoder.conv_out", inputs: width, outputs: imageChannels, kernel: 3),
      ] as [any ImageLayer]
    return LayerSequence(layers)
  }

  /// The residual blocks of a level, each with attention behind it where the level attends.
  private func blocks(_ name: String, _ count: Int, level: Int, width: inout Int) -> [any ImageLayer] {
    let outputs = channels * multipliers[level]
    var layers: [any ImageLayer] = []
    for block in 0..<count {
      layers.append(residual("\(name).\(blockWord).\(block)", inputs: width, outputs: outputs))
      width = outputs
      if attendingLevels.contains(level) { layers.append(attend("\(name).attn.\(block)", width)) }
    }
    return layers
  }

  private func residual(_ name: String, inputs: Int, outputs: Int) -> ResidualBlock {
    .convolutional(name, inputs: inputs, outputs: outputs, groups: groups)
  }

  private func attend(_ name: String, _ width: Int) -> SpatialAttention {
    SpatialAttention(name, channels: width, groups: groups)
  }

  /// Without attention its place in the numbering stays free, so that keys keep their meaning.
  private func middle(_ network: Network, _ width: Int) -> [any ImageLayer] {
    let parts: [String]
    switch keys {
    case .llamagen: parts = ["0", "1", "2"]
    case .taming: parts = ["block_1", "attn_1", "block_2"]
    }
    let names = parts.map { "\(network.rawValue).mid.\($0)" }
    let ends = [names[0], names[2]].map { residual($0, inputs: width, outputs: width) }
    return attention ? [ends[0], attend(names[1], width), ends[1]] : ends
  }
}

/// The keys of both official name maps.
extension ImageTokenizerConfiguration {
  private enum Network: String { case encoder, decoder }

  /// The key of a level, 0 at full resolution. LlamaGen numbers the decoder's in the sequence in which they
  /// run, from the lowest.
  private func levelName(_ network: Network, _ level: Int) -> String {
    switch (keys, network) {
    case (.llamagen, .encoder): "encoder.conv_blocks.\(level)"
    case (.llamagen, .decoder): "decoder.conv_blocks.\(multipliers.count - 1 - level)"
    case (.taming, .encoder): "encoder.down.\(level)"
    case (.taming, .decoder): "decoder.up.\(level)"
    }
  }

  private var blockWord: String { keys == .taming ? "block" : "res" }
}
