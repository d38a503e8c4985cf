import EngineKit
import Generation
import Orders
import Shards
import StageKit

/// The work of generating: from a seed to a shard of samples.
package struct GenerationWork: SampleWork {
  private let stage: StageRun
  private let settings: SampleSettings
  private let models: SampledModels
  private let shard: SampleShard
  private let choice: ImageChoice
  private let conditions: SampledConditions
  /// Those of the chosen images that are this shard's.
  private let images: ArraySlice<Int>
  private let generator: ImageGenerator
  /// Images of the seed that are drawn together where they are this shard's: the decoder needs to know.
  private let batch: Int

  /// Reads the models and checks that they fit each other.
  /// - Parameter captions: folder of tokens whose captions a model of captions draws.
  package init(
    stage: StageRun, settings: SampleSettings, options: ModelOptions, captions: String?, shard: SampleShard,
    choice: ImageChoice, hasPictures: Bool
  ) throws {
    self.stage = stage
    self.settings = settings
    self.shard = shard
    self.choice = choice
    models = try SampledModels(options, settings)
    conditions = try SampledConditions(
      models.file, path: options.model, captions: captions, prompts: options.words, log: stage.log)
    try models.orders?.require((choice.images.max() ?? 0) + 1)
    images = choice.images[try shard.range(ofImages: choice.images.count)]
    batch = try models.batch(
      settings, among: choice.images.count, drawn: images.count, config: options.config)
    if hasPictures { try models.requireRoom(forPicturesOf: images.count, config: options.config) }
    generator = ImageGenerator(
      model: models.file.model, teacher: models.teacher?.model, settings: models.generation(settings),
      batch: min(batch, max(images.count, 1)), precision: settings.compute.precision)
  }

  /// Generates and decodes the chosen images of the shard.
  package func run(into made: inout PartialShard<SampleTable>) throws {
    let ids = images.map { UInt64($0) }
    let done = try made.resume(of: ids.count, unit: "images") { $0.sampleIDs[...] == ids.prefix($0.count) }
    let progress = Progress(
      "\(settings.arm.name) \(shard.place.index + 1)/\(shard.place.count)", total: ids.count, done: done,
      unit: "images", log: stage.log, options: stage.options)
    var start = images.startIndex + done
    var steps = 0
    while start < images.endIndex {
      let together = start / batch * batch..<min((start / batch + 1) * batch, choice.images.count)
      let range = start..<min(together.upperBound, images.endIndex)
      let generated = generator.generate(images[range].map { request($0) })
      steps += generated.reduce(0) { $0 + $1.steps }
      try made.add(
        table(images[range], generated, at: range.lowerBound - together.lowerBound, among: together.count))
      progress.advance(by: range.count)
      start = range.upperBound
    }
    progress.finish()
    guard settings.decoding?.threshold ?? 0 > 0, done < ids.count else { return }
    let mean = (Double(steps) / Double(ids.count - done) * 10).rounded() / 10
    stage.log.info(.note, "\(settings.arm.name): \(mean) decoding steps an image")
  }

  /// Decodes images that were drawn.
  /// - Parameters:
  ///   - place: the first one's place among those of the seed that are drawn together.
  ///   - count: how many these are.
  private func table(
    _ images: ArraySlice<Int>, _ generated: [GeneratedTokens], at place: Int, among count: Int
  ) -> SampleTable {
    var table = nothing
    table.sampleIDs = images.map { UInt64($0) }
    table.labels = images.map { conditions.label(of: $0) }
    table.texts?.texts = images.compactMap { conditions.words(of: $0) }
    table.tokens = generated.flatMap { $0.tokens.map(UInt16.init) }
    table.orders = generated.flatMap { $0.order.map(UInt16.init) }
    table.confidences = generated.flatMap(\.confidence)
    table.images = models.tokenizer.tokenizer.decode(
      codes: generated.flatMap(\.tokens), of: place..<place + images.count, among: count)
    return table
  }

  package var nothing: SampleTable {
    let configuration = models.tokenizer.tokenizer.configuration
    return SampleTable(
      sampleIDs: [], labels: [], tokens: [], orders: [], confidences: [], images: [],
      imageHeight: configuration.imageSize, imageWidth: configuration.imageSize,
      imageChannels: configuration.imageChannels, gridHeight: configuration.gridSize,
      gridWidth: configuration.gridSize, classNames: conditions.classNames, arm: settings.arm.name,
      seed: shard.seed, choice: choice.facts,
      part: SampleTable.Part(shard.share, ofImages: choice.images.count),
      texts: conditions.hasWords
        ? SampleTable.Texts(width: conditions.textWidth, tokenizer: models.file.textTokenizer) : nil)
  }

  private func request(_ image: Int) -> GenerationRequest {
    let locations = models.sizes.locations
    let order: [Int]?
    switch settings.arm.order {
    case .greedy: order = nil
    case .raster: order = GenerationOrder.raster(locations)
    case .random:
      order = GenerationOrder.random(locations, seed: shard.seed, purpose: "sample.order", UInt64(image))
    case .given:
      order = models.orders?.order(
        at: image, conditions.condition(of: image), image: UInt64(image), seed: shard.seed)
    }
    return GenerationRequest(
      condition: conditions.condition(of: image), order: order, image: UInt64(image), seed: shard.seed)
  }
}
