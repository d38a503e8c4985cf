import EngineKit
import Features
import Images
import Models
import Shards
import StageKit
import Training

/// The numbers in pipeline/algorithms.json: raised when the same settings give other results.
enum TokenizeAlgorithm {
  static let fit = 2
  static let encode = 2
}

/// The configuration file of `tokenize fit`.
struct FitSettings: Decodable {
  let algorithm: Int
  let data: DataSettings
  let tokenizer: TokenizerSection
}

/// The preset's section `tokenizer`: sizes and training in one.
struct TokenizerSection: CheckedConfiguration {
  let encoder: String
  let channels: Int
  let multipliers: [Int]
  let residualBlocks: Int
  let attention: Bool
  let groups: Int
  let latentChannels: Int
  let patchWidth: Int
  let codes: Int
  let codeWidth: Int

  let epochs: Int
  let batch: Int
  let learningRate: Double
  let finalRate: Double
  let warmup: Int
  let weightDecay: Double
  let beta1: Double
  let beta2: Double
  let clip: Double
  let commitment: Double
  let entropy: Double
  let restartAfter: Int
  let seed: UInt64
  /// Left out: the squared error alone.
  let perceptual: PerceptualSection?
  /// Left out: none.
  let discriminator: DiscriminatorSettings?

  func check(_ rules: inout ConfigurationRules) {
    rules.require(encoder, oneOf: ["convolutional", "patch"], "encoder")
    for problem in training.problems { rules.require(false, problem.key, problem.expected, problem.found) }
  }

  var training: TokenizerSettings {
    TokenizerSettings(
      training: EpochSettings(
        epochs: epochs, batch: batch, learningRate: learningRate, finalRate: finalRate, warmup: warmup,
        weightDecay: weightDecay, clip: clip, seed: seed), beta1: beta1, beta2: beta2, commitment: commitment,
      entropy: entropy, restartAfter: restartAfter, discriminator: discriminator)
  }

  /// The sizes for images of the data section, checked.
  func configuration(for data: DataSettings, path: String) throws -> ImageTokenizerConfiguration {
    let configuration = ImageTokenizerConfiguration(
      imageSize: data.size, imageChannels: data.channels, encoder: .init(rawValue: encoder) ?? .convolutional,
      channels: channels, multipliers: multipliers, residualBlocks: residualBlocks, attention: attention,
      groups: groups, latentChannels: latentChannels, patchWidth: patchWidth, codes: codes,
      codeWidth: codeWidth)
    if let problem = configuration.problem {
      throw StageError(
        .configuration, "\(path): the section 'tokenizer' cannot be built: \(problem). Change it.")
    }
    if let discriminator, discriminator.configuration(of: configuration).resultSize < 1 {
      throw StageError(
        .configuration,
        "\(path): 'tokenizer.discriminator.layers' must leave something of images of \(data.size) pixels, found "
          + "\(discriminator.layers) layers, each of which halves them. Lower it.")
    }
    return configuration
  }
}

/// The section `tokenizer.perceptual`: a distance in the eyes of a network that is not trained.
struct PerceptualSection: CheckedConfiguration {
  let weight: Double
  /// Side of the network's input, to which images are resampled.
  let side: Int
  /// The weights file of EfficientNet-Lite0.
  let network: String

  func check(_ rules: inout ConfigurationRules) {
    rules.requirePositive(weight, atMost: TrainingSettings.largestFactor, "weight")
    rules.require(side, in: PerceptualCriterion.sides, "side")
  }
}

extension DiscriminatorSettings: CheckedConfiguration {
  public func check(_ rules: inout ConfigurationRules) {
    for problem in problems { rules.require(false, problem.key, problem.expected, problem.found) }
  }
}

/// The configuration file of `tokenize encode`.
struct EncodeSettings: Decodable {
  struct Tokens: CheckedConfiguration {
    let trainShards: Int
    let testShards: Int
    /// Images encoded at a time; it bounds memory and changes no result.
    let batch: Int
    /// Views of each training image; left out: the image alone.
    let augmentation: AugmentationName?
    /// How much wider the centre crop is that ten crops are cut from; left out: 1.1.
    let cropRange: Double?
    /// Samples of each training image where they are random crops: the image and the crops.
    let views: Int?
    /// The least share of the picture's area that a random crop has; left out: 0.75.
    let cropArea: Double?

    enum AugmentationName: String, Decodable, CaseIterable {
      case none, flip
      case tenCrop = "ten-crop"
      case randomCrops = "random-crops"
    }

    func check(_ rules: inout ConfigurationRules) {
      rules.require(trainShards, in: 1...99_999, "train_shards")
      rules.require(testShards, in: 1...99_999, "test_shards")
      rules.require(batch, in: 1...65_536, "batch")
      rules.require((1...4).contains(cropRange ?? 1), "crop_range", "1 to 4", cropRange ?? 1)
      rules.require(
        cropRange == nil || augmentation == .tenCrop, "crop_range",
        "left out unless 'augmentation' is ten-crop",
        cropRange ?? 1)
      let isRandom = augmentation == .randomCrops
      if isRandom { rules.require(views ?? 0, in: 2...TokenTable.mostViews, "views") }
      let area = cropArea ?? 1
      rules.require(area > 0 && area <= 1, "crop_area", "above 0 and at most 1", area)
      let elsewhere = "left out unless 'augmentation' is random-crops"
      rules.require(views == nil || isRandom, "views", elsewhere, views ?? 0)
      rules.require(cropArea == nil || isRandom, "crop_area", elsewhere, area)
    }
  }

  let algorithm: Int
  let data: DataSettings
  let tokens: Tokens

  /// The views that become samples: of training images those of the settings, of test images one.
  func augmentation(_ split: ImageSplit, path: String) throws -> Augmentation {
    switch (split, tokens.augmentation ?? .none) {
    case (.test, _), (_, .none): return .none
    case (.train, .flip): return .flip
    case (.train, .tenCrop):
      guard data.crop == .adm else {
        throw StageError(
          .configuration,
          "\(path): 'data.crop' must be adm where 'tokens.augmentation' is ten-crop, found "
            + "\((data.crop ?? .none).rawValue). Change one of them.")
      }
      return .tenCrop(range: tokens.cropRange ?? 1.1)
    case (.train, .randomCrops):
      // The section's rules refused fewer than two views.
      let crops = max((tokens.views ?? 2) - 1, 1)
      return .randomCrops(RandomCrops(count: crops, leastArea: tokens.cropArea ?? 0.75, seed: data.seed))
    }
  }
}
