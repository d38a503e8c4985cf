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
  func run(seed: UInt64, label: String) throws -> SampleTable {
    let requests = choice.images.map { request($0, seed: seed) }
    let progress = Progress(
      label, total: requests.count, unit: "images", log: stage.log, options: stage.options)
    var results: [GeneratedTokens] = []
    var pixels: [UInt8] = []
    for start in stride(from: 0, to: requests.count, by: batch) {
      let part = Array(requests[start..<min(start + batch, requests.count)])
      let generated = generator.generate(part)
      pixels += models.tokenizer.tokenizer.decode(
        codes: generated.flatMap(\.tokens), count: generated.count)
      results += generated
      progress.advance(by: part.count)
      try StopRequest.check("this shard is sampled anew")
    }
    progress.finish()
    let configuration = models.tokenizer.tokenizer.configuration
    return SampleTable(
      sampleIDs: requests.map(\.image), labels: choice.images.map { UInt32(classNumber(of: $0)) },
      tokens: results.flatMap { $0.tokens.map(UInt16.init) },
      orders: results.flatMap { $0.order.map(UInt16.init) },
      confidences: results.flatMap(\.confidence), images: pixels, imageHeight: configuration.imageSize,
      imageWidth: configuration.imageSize, imageChannels: configuration.imageChannels,
      gridHeight: configuration.gridSize, gridWidth: configuration.gridSize,
      classNames: models.file.classNames, arm: settings.arm.name, seed: seed,
      choice: choice.facts)
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
