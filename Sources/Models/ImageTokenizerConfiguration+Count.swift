extension ImageTokenizerConfiguration {
  /// Parameters of such a tokenizer, counted without making any. The sizes must have been found to be in range.
  public var parameterCount: Int {
    encoderCount + decoderCount + codes * codeWidth + convolution(latentChannels, codeWidth, kernel: 1)
      + convolution(codeWidth, latentChannels, kernel: 1)
  }

  private var encoderCount: Int {
    if encoder == .patch {
      return convolution(imageChannels, patchWidth, kernel: patchSize)
        + 4 * residualBlocks * convolution(patchWidth, patchWidth, kernel: 1)
        + convolution(patchWidth, latentChannels, kernel: 1)
    }
    var width = channels
    var count = convolution(imageChannels, channels, kernel: 3)
    for level in multipliers.indices {
      count += blocks(ofLevel: level, count: residualBlocks, width: &width)
      if level < multipliers.count - 1 { count += convolution(width, width, kernel: 3) }
    }
    return count + middle(width) + norm(width) + convolution(width, latentChannels, kernel: 3)
  }

  private var decoderCount: Int {
    var width = channels * (multipliers.last ?? 1)
    var count = convolution(latentChannels, width, kernel: 3) + middle(width)
    for level in multipliers.indices.reversed() {
      count += blocks(ofLevel: level, count: residualBlocks + 1, width: &width)
      if level > 0 { count += convolution(width, width, kernel: 3) }
    }
    return count + norm(width) + convolution(width, imageChannels, kernel: 3)
  }

  /// The residual blocks of a level with their attention.
  private func blocks(ofLevel level: Int, count: Int, width: inout Int) -> Int {
    let outputs = channels * multipliers[level]
    let first = residual(width, outputs)
    width = outputs
    let attention = attendingLevels.contains(level) ? count * attend(outputs) : 0
    return first + (count - 1) * residual(outputs, outputs) + attention
  }

  private func middle(_ width: Int) -> Int {
    2 * residual(width, width) + (attention ? attend(width) : 0)
  }

  private func residual(_ inputs: Int, _ outputs: Int) -> Int {
    norm(inputs) + convolution(inputs, outputs, kernel: 3) + norm(outputs)
      + convolution(outputs, outputs, kernel: 3)
      + (inputs == outputs ? 0 : convolution(inputs, outputs, kernel: 1))
  }

  private func attend(_ width: Int) -> Int { norm(width) + 4 * convolution(width, width, kernel: 1) }

  private func norm(_ width: Int) -> Int { 2 * width }

  private func convolution(_ inputs: Int, _ outputs: Int, kernel: Int) -> Int {
    outputs * inputs * kernel * kernel + outputs
  }
}
