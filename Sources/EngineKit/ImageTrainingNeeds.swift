import Files
import StageKit

/// What training a network on images takes: a batch that the images fill, and memory.
public struct ImageTrainingNeeds {
  /// Of the settings, which is also what the network is called in sentences: `tokenizer` or `classifier`.
  private let section: String
  private let batch: Int
  private let parameters: Int
  /// Values of one image's widest activations, at full resolution.
  private let activations: [Int]
  /// Values of one image.
  private let imageValues: Int

  /// - Parameters:
  ///   - batch: images of a step.
  ///   - parameters: of the network.
  ///   - imageSize: height and width of an image.
  ///   - channels: of the network at full resolution.
  ///   - imageValues: values of one image.
  public init(
    section: String, batch: Int, parameters: Int, imageSize: Int, channels: Int, imageValues: Int
  ) {
    self.section = section
    self.batch = batch
    self.parameters = parameters
    activations = [imageSize, imageSize, channels]
    self.imageValues = imageValues
  }

  /// Requires a whole batch of training images, and room for what the work certainly takes: weights and two moments,
  /// gradients in all and of each chunk of a batch, a batch in floats, and all pixels in bytes.
  ///
  /// - Parameters:
  ///   - train: training images.
  ///   - test: test images.
  ///   - config: the configuration's path, for errors.
  /// - Throws: exit code 78 with the setting to change.
  public func require(train: Int, test: Int, config: String) throws {
    guard train >= batch else {
      throw StageError(
        .configuration,
        "\(config): '\(section).batch' must be at most the number of training images \(train), found \(batch). "
          + "Change it.")
    }
    try MemoryRoom.require(
      product: [parameters, 4, 4 + (batch + 3) / 4], subject: "\(config): the section '\(section)'",
      purpose: "weights, moments and gradients of \(grouped(parameters)) parameters",
      advice: "Make the \(section) smaller, or its 'batch'.")
    try MemoryRoom.require(
      product: [batch] + activations + [4], subject: "\(config): '\(section).batch'",
      purpose: "the activations of \(batch) images",
      advice: "Lower it, or '\(section).channels' or 'data.size'.")
    try MemoryRoom.require(
      product: [train + test, imageValues], subject: "\(config): 'data.train_images'",
      purpose: "the pixels of \(grouped(train + test)) images", advice: "Ask for fewer, or smaller ones.")
  }
}
