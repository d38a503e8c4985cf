import Generation
import ModelStages
import Orders
import Shards
import StageKit

/// The work of generating: from a seed to a table of samples.
struct Generation {
  private let stage: StageRun
  private let settings: SampleSettings
  private let models: SampledModels
  private let choice: ImageChoice
  private let generator: ImageGenerator
  private let batch: Int

  /// Reads the models and checks that they fit each other.
  init(stage: StageRun, settings: SampleSettings, options: ModelOptions, choice: ImageChoice) throws {
    self.stage = stage
    self.settings = settings
    self.choice = choice
    models = try SampledModels(options)
    try models.orders?.require((choice.images.max() ?? 0) + 1)
    batch = try models.batch(settings, images: choice.images.count, config: options.config)
    generator = ImageGenerator(
      model: models.file.model, teacher: models.teacher?.model, settings: settings.generation, batch: batch,
      precision: settings.compute.precision)
  }

  /// Generates and decodes the chosen images of a seed.
  ///
  /// - Parameter partial: what an earlier run made is continued, and kept on the way.
  /// - Throws: exit code 75 on a stop request.
  func run(
    seed: UInt64, label: String, keeping partial: inout PartialShard<SampleTable>
  ) throws -> SampleTable {
    let ids = choice.images.map { UInt64($0) }
    var made =
      partial.found(of: ids.count, unit: "images") { $0.sampleIDs[...] == ids.prefix($0.count) }
      ?? nothing(seed: seed)
    let progress = Progress(
      label, total: ids.count, done: made.count, unit: "images", log: stage.log, options: stage.options)
    for start in stride(from: made.count, to: ids.count, by: batch) {
      let images = choice.images[start..<min(start + batch, ids.count)]
      let generated = generator.generate(images.map { request($0, seed: seed) })
      made.sampleIDs += images.map { UInt64($0) }
      made.labels += images.map { UInt32(classNumber(of: $0)) }
      made.tokens += generated.flatMap { $0.tokens.map(UInt16.init) }
      made.orders += generated.flatMap { $0.order.map(UInt16.init) }
      made.confidences += generated.flatMap(\.confidence)
      made.images += models.tokenizer.tokenizer.decode(
        codes: generated.flatMap(\.tokens), count: generated.count)
      progress.advance(by: images.count)
      try partial.keep(made.count, of: ids.count, unit: "images") { made }
    }
    progress.finish()
    return made
  }

  private func nothing(seed: UInt64) -> SampleTable {
    let configuration = models.tokenizer.tokenizer.configuration
    return SampleTable(
      sampleIDs: [], labels: [], tokens: [], orders: [], confidences: [], images: [],
      imageHeight: configuration.imageSize, imageWidth: configuration.imageSize,
      imageChannels: configuration.imageChannels, gridHeight: configuration.gridSize,
      gridWidth: configuration.gridSize, classNames: models.file.classNames, arm: settings.arm.name,
      seed: seed, choice: choice.facts)
  }

  /// Classes take turns.
  private func classNumber(of image: Int) -> Int { image % models.sizes.classes }

  private func request(_ image: Int, seed: UInt64) -> GenerationRequest {
    let locations = models.sizes.locations
    let order: [Int]?
    switch settings.arm.order {
    case .greedy: order = nil
    case .raster: order = GenerationOrder.raster(locations)
    case .random:
      order = GenerationOrder.random(locations, seed: seed, purpose: "sample.order", UInt64(image))
    case .given: order = models.orders?.order(of: image)
    }
    return GenerationRequest(
      condition: .label(classNumber(of: image)), order: order, image: UInt64(image), seed: seed)
  }
}
