import EngineKit
import Files
import Generation
import Images
import Models
import Shards
import StageKit

/// The work of completing images: from pictures and a region to a shard of samples.
struct EditingWork: SampleWork {
  private let stage: StageRun
  private let settings: SampleSettings
  private let models: SampledModels
  private let region: EditRegion
  private let shard: SampleShard
  private let task: String
  /// What was asked for, as the shard tells of it.
  private let facts: JSONValue
  private let pictures: EditImages
  /// Places of the images of this shard, and their sample ids.
  private let range: Range<Int>
  private let ids: [UInt64]
  private let batch: Int
  private let plan: CanvasPlan
  private let editor: TokenEditor
  private let paste: Bool
  /// The mask of all images; nil where each has its own.
  private let sharedMask: (pixels: [Bool], cells: TokenMask)?

  /// What is left of masked pixels before an image is encoded.
  private static let grey: UInt8 = 128

  /// Reads the models and the images and checks that they fit each other.
  init(
    stage: StageRun, settings: SampleSettings, options: EditOptions, region: EditRegion, source: EditSource,
    shard: SampleShard, task: String, facts: JSONValue
  ) throws {
    self.stage = stage
    self.settings = settings
    self.region = region
    self.shard = shard
    self.task = task
    self.facts = facts
    paste = !options.noPaste
    models = try SampledModels(options.models, settings)
    pictures = try source.load(models, log: stage.log)
    try models.orders?.require(pictures.count)
    range = try shard.range(ofImages: pictures.count)
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
    let config = options.models.config
    batch = try models.batch(settings, among: range.count, completing: true, config: config)
    if options.png != nil { try models.requireRoom(forPicturesOf: range.count, config: config) }
    // Every mask is tried before anything is drawn; one that does not depend on the image is read once.
    let (size, grid) = (images.imageSize, models.sizes.gridHeight)
    ids = pictures.ids(range)
    if region.dependsOnImage {
      sharedMask = nil
      for id in ids { _ = try region.masks(size: size, grid: grid, seed: shard.seed, image: id) }
    } else {
      sharedMask = try region.masks(size: size, grid: grid, seed: shard.seed, image: ids.first ?? 0)
    }
    editor = TokenEditor(
      model: models.file.model, teacher: models.teacher?.model, settings: models.generation(settings),
      policy: settings.arm.order, knownOrder: options.knownOrder, batch: batch,
      precision: settings.compute.precision)
  }

  /// Completes the images of the shard, a batch at a time.
  func run(into made: inout PartialShard<SampleTable>) throws {
    let isLarge = plan.windows.count > 1
    let done = try made.resume(of: range.count, unit: "images") { $0.sampleIDs[...] == ids.prefix($0.count) }
    let progress = Progress(
      "\(task) \(shard.place.index + 1)/\(shard.place.count)", total: range.count * plan.windows.count,
      done: done * plan.windows.count, unit: isLarge ? "windows" : "images", log: stage.log,
      options: stage.options)
    for start in stride(from: range.lowerBound + done, to: range.upperBound, by: batch) {
      let table = try table(start..<min(start + batch, range.upperBound)) { count in
        progress.advance(by: count)
        // A large canvas takes long; what was done of this batch is lost.
        if isLarge { try made.stopIfAsked() }
      }
      try made.add(table)
    }
    progress.finish()
  }

  var nothing: SampleTable { table([], [], [], [], [], []) }

  /// Completes some images.
  /// - Parameter each: called with the number of windows just filled; throws to stop.
  private func table(_ images: Range<Int>, each: (Int) throws -> Void) throws -> SampleTable {
    let sizes = models.tokenizer.tokenizer.configuration
    let (grid, size, patch) = (sizes.gridSize, sizes.imageSize, sizes.patchSize)
    let pictures = pictures[images]
    var jobs: [TokenEditor.Job] = []
    var masks: [[Bool]] = []
    for (index, picture) in zip(images, pictures) {
      let (pixels, cells) =
        try sharedMask ?? region.masks(size: size, grid: grid, seed: shard.seed, image: picture.id)
      let codes = picture.codes ?? encode(picture.original, without: pixels)
      let known = codes.indices.map { cells.isKnown[$0] ? codes[$0] : nil }
      jobs.append(
        TokenEditor.Job(
          condition: picture.condition, image: picture.id,
          codes: plan.placing(known, grid: grid, empty: nil),
          order: models.orders?.order(
            at: index, picture.condition, image: picture.id, seed: shard.seed)))
      masks.append(plan.placing(pixels, grid: grid, side: patch, empty: true))
    }
    let results = try editor.complete(jobs, plan: plan, seed: shard.seed, each: each)
    let originals = pictures.map { picture in
      image(
        plan.placing(
          picture.original.pixels, grid: grid, side: patch, values: sizes.imageChannels, empty: Self.grey))
    }
    var completed = decode(results, of: images)
    if paste {
      completed = completed.indices.map { completed[$0].pasting(originals[$0], outside: masks[$0]) }
    }
    return table(pictures, jobs, results, masks, originals, completed)
  }

  private func table(
    _ pictures: [EditedPicture], _ jobs: [TokenEditor.Job], _ results: [GeneratedTokens], _ masks: [[Bool]],
    _ originals: [Image], _ completed: [Image]
  ) -> SampleTable {
    let sizes = models.tokenizer.tokenizer.configuration
    return SampleTable(
      sampleIDs: pictures.map(\.id), labels: pictures.map { UInt32($0.label) },
      tokens: results.flatMap { $0.tokens.map(UInt16.init) },
      orders: results.flatMap { $0.order.map(UInt16.init) }, confidences: results.flatMap(\.confidence),
      images: completed.flatMap(\.pixels), imageHeight: plan.height * sizes.patchSize,
      imageWidth: plan.width * sizes.patchSize, imageChannels: sizes.imageChannels, gridHeight: plan.height,
      gridWidth: plan.width,
      classNames: models.sizes.text == nil ? models.file.classNames : self.pictures.classNames,
      arm: settings.arm.name, seed: shard.seed,
      edit: SampleTable.Edit(
        known: jobs.flatMap { $0.codes.map { $0 == nil ? 0 : 1 } },
        mask: masks.flatMap { $0.map { $0 ? 1 : 0 } }, originals: originals.flatMap(\.pixels), facts: facts),
      part: SampleTable.Part(shard.share, ofImages: self.pictures.count))
  }

  /// The codes of an image whose masked pixels are hidden, since an encoder may see beyond a code's own
  /// square.
  private func encode(_ image: Image, without masked: [Bool]) -> [Int] {
    let plain = Image(
      width: image.width, height: image.height, colour: [UInt8](repeating: Self.grey, count: image.channels))
    let hidden = plain.pasting(image, outside: masked)
    return models.tokenizer.tokenizer.encode(images: ImageTokenizer.values(hidden.pixels[...]), count: 1)
  }

  private func decode(_ results: [GeneratedTokens], of range: Range<Int>) -> [Image] {
    let tokenizer = models.tokenizer.tokenizer
    let grid = tokenizer.configuration.gridSize
    guard plan.height == grid && plan.width == grid else {
      return results.map {
        image(tokenizer.decode(canvas: $0.tokens, height: plan.height, width: plan.width))
      }
    }
    let pixels = tokenizer.decode(codes: results.flatMap(\.tokens), of: range, among: pictures.count)
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
