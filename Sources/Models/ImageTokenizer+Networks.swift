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
    for (level, multiplier) in multipliers.enumerated() {
      let name = "encoder.conv_blocks.\(level)"
      let isLowest = level == multipliers.count - 1
      for block in 0..<residualBlocks {
        let outputs = channels * multiplier
        layers.append(residual("\(name).res.\(block)", inputs: width, outputs: outputs))
        width = outputs
        if attention && isLowest { layers.append(attend("\(name).attn.\(block)", width)) }
      }
      if !isLowest {
        layers.append(
          Convolution(
            "\(name).downsample.conv", inputs: width, outputs: width, kernel: 3, stride: 2, padding: .trailing
          ))
      }
    }
    return layers + middle("encoder.mid", width) + [
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

  /// Latents to images; `conv_blocks.0` is the lowest resolution. There is no squashing at the end.
  func makeDecoder() -> LayerSequence {
    let levels = multipliers.count
    var width = channels * (multipliers.last ?? 1)
    var layers: [any ImageLayer] = [
      Convolution("decoder.conv_in", inputs: latentChannels, outputs: width, kernel: 3)
    ]
    layers += middle("decoder.mid", width)
    for (level, multiplier) in multipliers.reversed().enumerated() {
      let name = "decoder.conv_blocks.\(level)"
      for block in 0...residualBlocks {
        let outputs = channels * multiplier
        layers.append(residual("\(name).res.\(block)", inputs: width, outputs: outputs))
        width = outputs
        if attention && level == 0 { layers.append(attend("\(name).attn.\(block)", width)) }
      }
      if level < levels - 1 {
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

  private func residual(_ name: String, inputs: Int, outputs: Int) -> ResidualBlock {
    .convolutional(name, inputs: inputs, outputs: outputs, groups: groups)
  }

  private func attend(_ name: String, _ width: Int) -> SpatialAttention {
    SpatialAttention(name, channels: width, groups: groups)
  }

  /// Without attention its place in the numbering stays free, so that keys keep their meaning.
  private func middle(_ name: String, _ width: Int) -> [any ImageLayer] {
    let ends = [0, 2].map { residual("\(name).\($0)", inputs: width, outputs: width) }
    return attention ? [ends[0], attend("\(name).1", width), ends[1]] : ends
  }
}
