import Layers

/// The sizes of an image classifier.
///
/// Property names in snake case are keys of a weights shard's fact `model`.
public struct ImageClassifierConfiguration: Codable, Sendable, Equatable {
  /// Height and width of an image.
  public var imageSize: Int
  /// 1 or 3.
  public var imageChannels: Int
  public var classes: Int
  /// Channels at full resolution.
  public var channels: Int
  /// Of each level: channels in multiples of `channels`. A level has half the height and width of the one before.
  public var multipliers: [Int]
  /// Residual blocks of a level.
  public var residualBlocks: Int
  /// The most groups of a normalisation.
  public var groups: Int

  public init(
    imageSize: Int, imageChannels: Int, classes: Int, channels: Int, multipliers: [Int], residualBlocks: Int,
    groups: Int
  ) {
    self.imageSize = imageSize
    self.imageChannels = imageChannels
    self.classes = classes
    self.channels = channels
    self.multipliers = multipliers
    self.residualBlocks = residualBlocks
    self.groups = groups
  }

  public enum CodingKeys: String, CodingKey {
    case imageSize = "image_size"
    case imageChannels = "image_channels"
    case classes, channels, multipliers
    case residualBlocks = "residual_blocks"
    case groups
  }

  /// Values of one image.
  public var imageValues: Int { imageSize * imageSize * imageChannels }
  /// D, the features that the last layer reads.
  public var features: Int { channels * (multipliers.last ?? 1) }
  public var parameterCount: Int { parameterShapes.reduce(0) { $0 + $1.shape.reduce(1, *) } }

  /// Name and shape of every parameter; nothing is allocated for them.
  public var parameterShapes: [(name: String, shape: [Int])] {
    (makeTrunk().parameters + makeHead().parameters).map { ($0.name, $0.shape) }
  }

  /// What is wrong with these sizes, as one sentence without its full stop, or nil when they can be built.
  public var problem: String? {
    let sizes: [SizeLimits.Named] = [
      ("image_size", imageSize, SizeLimits.imageSize), ("classes", classes, SizeLimits.classes),
      ("channels", channels, SizeLimits.width), ("groups", groups, SizeLimits.width),
      ("residual_blocks", residualBlocks, 256),
    ]
    if let problem = SizeLimits.problem(sizes, imageChannels: imageChannels) { return problem }
    guard SizeLimits.areLevels(multipliers), multipliers.allSatisfy({ channels * $0 <= SizeLimits.width })
    else {
      return "multipliers must be 1 to 10 positive integers that times channels are at most "
        + "\(SizeLimits.width), found \(multipliers)"
    }
    if imageSize < 1 << (multipliers.count - 1) {
      return
        "\(multipliers.count) levels need an image size of \(1 << (multipliers.count - 1)), found \(imageSize)"
    }
    return SizeLimits.problem(parameters: parameterCount, of: "a classifier")
  }

  /// Images (batch, size, size, image channels) to features (batch, 1, 1, D).
  func makeTrunk() -> LayerSequence {
    var layers: [any ImageLayer] = [
      Convolution("trunk.conv_in", inputs: imageChannels, outputs: channels, kernel: 3, isFirst: true)
    ]
    var width = channels
    for (level, multiplier) in multipliers.enumerated() {
      let name = "trunk.levels.\(level)"
      if level > 0 {
        layers.append(
          Convolution(
            "\(name).downsample", inputs: width, outputs: width, kernel: 3, stride: 2, padding: .trailing))
      }
      for block in 0..<residualBlocks {
        layers.append(
          ResidualBlock.convolutional(
            "\(name).blocks.\(block)", inputs: width, outputs: channels * multiplier, groups: groups))
        width = channels * multiplier
      }
    }
    layers += [GroupNorm("trunk.norm_out", channels: width, groups: groups), Swish(), SpatialMean()]
    return LayerSequence(layers)
  }

  /// Features to logits (batch, 1, 1, classes).
  func makeHead() -> Convolution {
    Convolution("head", inputs: features, outputs: classes, kernel: 1)
  }
}
