import Files
import Generation
import Images
import ModelStages
import Models
import Shards
import StageKit

/// The work of completing images: from pictures and a region to a table of samples.
struct Editing {
  private let stage: StageRun
  private let settings: SampleSettings
  private let models: SampledModels
  private let region: EditRegion
  private let pictures: [EditSource.Picture]
  private let plan: CanvasPlan
  private let editor: TokenEditor
  private let paste: Bool

  /// What is left of masked pixels before an image is encoded.
  private static let grey: UInt8 = 128

  /// Reads the models and the images and checks that they fit each other.
  init(
    stage: StageRun, settings: SampleSettings, options: EditOptions, region: EditRegion, source: EditSource
  ) throws {
    self.stage = stage
    self.settings = settings
    self.region = region
    paste = !options.noPaste
    models = try SampledModels(options.models)
    pictures = try source.load(models, log: stage.log)
    try models.orders?.require(pictures.count)
    plan = try region.plan(grid: models.sizes.gridHeight)
    if !plan.isWhole(grid: models.sizes.gridHeight) && settings.arm.order == .given {
      throw StageError(
        .configuration,
        "\(options.models.config) follows given orders, which only images of the model's own size have. "
          + "Choose an arm that is greedy, random or raster.")
    }
    // The decoder runs over a canvas as a whole, at full resolution in its last level.
    let images = models.tokenizer.tokenizer.configuration
    try MemoryRoom.require(
      product: [plan.height * images.patchSize, plan.width * images.patchSize, images.channels, 4],
      subject: "The canvas of \(plan.width)x\(plan.height) cells", purpose: "decoding it",
      advice: "Extend it less.", exit: .usage)
    editor = TokenEditor(
      model: models.file.model, teacher: models.teacher?.model, settings: settings.generation,
      policy: settings.arm.order, knownOrder: options.knownOrder,
      batch: try models.batch(
        settings, images: pictures.count, completing: true, config: options.models.config),
      precision: settings.compute.precision)
  }

  /// Completes all images with one seed.
  func run(seed: UInt64, facts: JSONValue, label: String) throws -> SampleTable {
    let sizes = models.tokenizer.tokenizer.configuration
    let (grid, size, patch) = (sizes.gridSize, sizes.imageSize, sizes.patchSize)
    let progress = Progress(
      label, total: pictures.count * plan.windows.count, unit: plan.windows.count > 1 ? "windows" : "images",
      log: stage.log, options: stage.options)
    var jobs: [TokenEditor.Job] = []
    var masks: [[Bool]] = []
    for (index, picture) in pictures.enumerated() {
      let (pixels, cells) = try region.masks(size: size, grid: grid, seed: seed, image: picture.id)
      let codes = picture.codes ?? encode(picture.original, without: pixels)
      let known = codes.indices.map { cells.isKnown[$0] ? codes[$0] : nil }
      jobs.append(
        TokenEditor.Job(
          condition: .label(picture.label), image: picture.id,
          codes: plan.placing(known, grid: grid, empty: nil),
          order: models.orders?.order(of: index)))
      masks.append(plan.placing(pixels, grid: grid, side: patch, empty: true))
    }
    let results = try editor.complete(jobs, plan: plan, seed: seed) { count in
      progress.advance(by: count)
      try StopRequest.check("this shard is made anew")
    }
    progress.finish()
    let originals = pictures.map { picture in
      image(
        plan.placing(
          picture.original.pixels, grid: grid, side: patch, values: sizes.imageChannels, empty: Self.grey))
    }
    var images = decode(results)
    if paste {
      images = images.indices.map { images[$0].pasting(originals[$0], outside: masks[$0]) }
    }
    return SampleTable(
      sampleIDs: pictures.map(\.id), labels: pictures.map { UInt32($0.label) },
      tokens: results.flatMap { $0.tokens.map(UInt16.init) },
      orders: results.flatMap { $0.order.map(UInt16.init) }, confidences: results.flatMap(\.confidence),
      images: images.flatMap(\.pixels), imageHeight: plan.height * patch, imageWidth: plan.width * patch,
      imageChannels: sizes.imageChannels, gridHeight: plan.height, gridWidth: plan.width,
      classNames: models.file.classNames, arm: settings.arm.name, seed: seed,
      edit: SampleTable.Edit(
        known: jobs.flatMap { $0.codes.map { $0 == nil ? 0 : 1 } },
        mask: masks.flatMap { $0.map { $0 ? 1 : 0 } }, originals: originals.flatMap(\.pixels), facts: facts))
  }

  /// The codes of an image whose masked pixels are hidden, since an encoder may see beyond a code's own
  /// square.
  private func encode(_ image: Image, without masked: [Bool]) -> [Int] {
    let plain = Image(
      width: image.width, height: image.height, colour: [UInt8](repeating: Self.grey, count: image.channels))
    let hidden = plain.pasting(image, outside: masked)
    return models.tokenizer.tokenizer.encode(images: ImageTokenizer.values(hidden.pixels[...]), count: 1)
  }

  private func decode(_ results: [GeneratedTokens]) -> [Image] {
    let tokenizer = models.tokenizer.tokenizer
    let grid = tokenizer.configuration.gridSize
    guard plan.height == grid && plan.width == grid else {
      return results.map {
        image(tokenizer.decode(canvas: $0.tokens, height: plan.height, width: plan.width))
      }
    }
    let pixels = tokenizer.decode(codes: results.flatMap(\.tokens), count: results.count)
    let values = tokenizer.configuration.imageValues
    return results.indices.map { image(Array(pixels[$0 * values..<($0 + 1) * values])) }
  }

  /// Pixels of the canvas as an image.
  private func image(_ pixels: [UInt8]) -> Image {
    let sizes = models.tokenizer.tokenizer.configuration
    return Image(
      width: plan.width * sizes.patchSize, height: plan.height * sizes.patchSize,
      channels: sizes.imageChannels, pixels: pixels)
  }
}
