import EngineKit
import Files
import Generation
import Models
import Orders
import Shards
import StageKit
import Weights

/// The models of an arm, read and checked against each other.
struct SampledModels {
  let file: TransformerFile
  let teacher: ChooserFile?
  let tokenizer: TokenizerFile
  let orders: GivenOrders?

  var sizes: AnyOrderConfiguration { file.model.configuration }

  /// - Throws: `ShardError.mismatch` for models or orders that do not belong together; exit code 78 for guidance where
  ///   orders tell the class.
  init(_ options: ModelOptions, _ settings: SampleSettings) throws {
    let file = try TransformerFile(reading: options.model)
    let sizes = file.model.configuration
    let tokenizer = try TokenizerFile(reading: options.tokenizer)
    let images = tokenizer.tokenizer.configuration
    guard file.codebook == tokenizer.contentID, sizes.codes == images.codes,
      sizes.gridHeight == images.gridSize, sizes.gridWidth == images.gridSize
    else {
      throw ShardError.mismatch(
        path: options.tokenizer,
        expected: "the tokenizer of the model, \(file.codebook), with \(sizes.codes) codes on a "
          + "\(sizes.gridHeight)×\(sizes.gridWidth) grid",
        found: "\(tokenizer.contentID) with \(images.codes) codes on a "
          + "\(images.gridSize)×\(images.gridSize) grid")
    }
    let teacher = try options.teacher.map { path in
      let chooser = try ChooserFile(reading: path)
      try chooser.check(for: file, path: path)
      return chooser
    }
    self.file = file
    self.teacher = teacher
    self.tokenizer = tokenizer
    orders = try options.orders.map {
      try GivenOrders(reading: $0, by: settings.rule, for: file, modelPath: options.model)
    }
    try check(settings, options)
  }

  private func check(_ settings: SampleSettings, _ options: ModelOptions) throws {
    if settings.sampling.guidance > 1, orders?.dependOnClass ?? false {
      throw StageError(
        .configuration,
        "\(options.config): 'sampling.guidance' must be 1 with \(options.orders ?? ""), found "
          + "\(settings.sampling.guidance): its orders tell the class, also to the branch that is not to know it. "
          + "Draw without guidance, or in orders that all classes share.")
    }
    if settings.decoding?.threshold ?? 0 > 0, case .policy? = teacher {
      throw StageError(
        .configuration,
        "\(options.config): 'decoding.threshold' must be 0 with \(options.teacher ?? ""), a policy, whose probabilities "
          + "say where to go on and nothing of codes. Leave it out, or give a model as the teacher.")
    }
    if settings.rule != nil, case .policy? = teacher {
      throw StageError(
        .configuration,
        "\(options.config) has a rule, but \(options.teacher ?? "") is a policy, which has learned where to go on. "
          + "Leave the rule out, or give a model as the teacher.")
    }
  }

  /// How images of this model are drawn.
  func generation(_ settings: SampleSettings) -> GenerationSettings {
    settings.generation(gridHeight: sizes.gridHeight, gridWidth: sizes.gridWidth)
  }

  /// Images decoded together: those of the settings, or as many as their memory allows, or as there are.
  /// - Parameters:
  ///   - images: how many there are in all.
  ///   - drawn: how many of them are drawn here; nil for all.
  ///   - completing: whether images have known tokens.
  ///   - config: the path of the settings, for the error.
  /// - Throws: exit code 78 where the caches of a batch certainly exceed this machine's memory.
  func batch(
    _ settings: SampleSettings, among images: Int, drawn: Int? = nil, completing: Bool = false,
    config: String
  ) throws -> Int {
    let bytesPerImage = ImageGenerator.bytesPerImage(
      sizes, teacher: teacher?.model.configuration, settings: generation(settings),
      precision: settings.compute.precision, completing: completing)
    let batch = min(
      MemoryBudget(mebibytes: settings.sampling.memory).images(
        of: settings.sampling.batch, bytesPerImage: bytesPerImage), max(images, 1))
    let caches = ImageGenerator.bytesPerImage(
      sizes, teacher: teacher?.model.configuration, settings: generation(settings),
      precision: settings.compute.precision)
    let together = min(batch, max(drawn ?? images, 1))
    try MemoryRoom.require(
      product: [together, caches], subject: "\(config): 'sampling.batch'",
      purpose: "the caches of \(together) images",
      advice: "Lower it, or give 'sampling.memory' a number of MiB.")
    return batch
  }

  /// Checks before anything is drawn that all results can be read back, to be written as pictures.
  /// - Throws: exit code 78 where they certainly exceed this machine's memory.
  func requireRoom(forPicturesOf images: Int, config: String) throws {
    // A token, a location and a confidence for each cell, and the pixels.
    try MemoryRoom.require(
      product: [images, 8 * sizes.locations + tokenizer.tokenizer.configuration.imageValues],
      subject: "\(config): 'sampling.images'", purpose: "\(grouped(images)) images",
      advice: "Ask for fewer, or for several shards.")
  }
}
