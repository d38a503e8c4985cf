import Checkpoints
import ModelStages
import Orders
import Shards
import StageKit

/// The work of the stage: from a seed to a table of samples.
struct Generation {
  private let stage: StageRun
  private let settings: SampleSettings
  private let file: TransformerFile
  private let tokenizer: TokenizerFile
  private let generator: ImageGenerator
  private let given: OrderTable?
  private let batch: Int

  /// Reads the models and checks that they fit each other.
  init(
    stage: StageRun, settings: SampleSettings, model: String, teacher: String?, tokenizer: String,
    orders: String?
  ) throws {
    self.stage = stage
    self.settings = settings
    let file = try TransformerFile(reading: model)
    let sizes = file.model.configuration
    let tokenizerFile = try TokenizerFile(reading: tokenizer)
    let images = tokenizerFile.tokenizer.configuration
    guard file.codebook == tokenizerFile.contentID, sizes.codes == images.codes,
      sizes.gridHeight == images.gridSize, sizes.gridWidth == images.gridSize
    else {
      throw ShardError.mismatch(
        path: tokenizer,
        expected: "the tokenizer of the model, \(file.codebook), with \(sizes.codes) codes on a "
          + "\(sizes.gridHeight)×\(sizes.gridWidth) grid",
        found:
          "\(tokenizerFile.contentID) with \(images.codes) codes on a \(images.gridSize)×\(images.gridSize) grid"
      )
    }
    let teacherFile = try teacher.map { try TransformerFile(reading: $0) }
    if let teacherFile, let teacher,
      teacherFile.codebook != file.codebook || teacherFile.model.configuration.classes != sizes.classes
    {
      throw ShardError.mismatch(
        path: teacher, expected: "a teacher of the model's codebook and \(sizes.classes) classes",
        found: "codebook \(teacherFile.codebook) and \(teacherFile.model.configuration.classes) classes")
    }
    given = try orders.map { try OrderTable(reading: $0) }
    if let given, let orders,
      given.tokensPerImage != sizes.locations || given.count < settings.sampling.images
    {
      throw ShardError.mismatch(
        path: orders, expected: "at least \(settings.sampling.images) orders of \(sizes.locations) locations",
        found: "\(given.count) of \(given.tokensPerImage)")
    }
    self.file = file
    self.tokenizer = tokenizerFile
    let precision = settings.compute.precision
    batch = MemoryBudget(mebibytes: settings.sampling.memory).images(
      of: settings.sampling.batch,
      bytesPerImage: ImageGenerator.bytesPerImage(
        sizes, teacher: teacherFile?.model.configuration, settings: settings.generation, precision: precision)
    )
    generator = ImageGenerator(
      model: file.model, teacher: teacherFile?.model, settings: settings.generation, batch: batch,
      precision: precision)
  }

  /// Generates and decodes all images of a seed. Image i is of class i modulo the number of classes.
  func run(seed: UInt64, label: String) throws -> SampleTable {
    let images = settings.sampling.images
    let requests = (0..<images).map { request($0, seed: seed) }
    let progress = Progress(label, total: images, unit: "images", log: stage.log, options: stage.options)
    var results: [GeneratedTokens] = []
    var pixels: [UInt8] = []
    for start in stride(from: 0, to: images, by: batch) {
      let part = Array(requests[start..<min(start + batch, images)])
      let generated = generator.generate(part)
      pixels += tokenizer.tokenizer.decode(codes: generated.flatMap(\.tokens), count: generated.count)
      results += generated
      progress.advance(by: part.count)
      try StopRequest.check("this shard is sampled anew")
    }
    progress.finish()
    let configuration = tokenizer.tokenizer.configuration
    return SampleTable(
      sampleIDs: requests.map(\.image), labels: requests.map { UInt32($0.label) },
      tokens: results.flatMap { $0.tokens.map(UInt16.init) },
      orders: results.flatMap { $0.order.map(UInt16.init) },
      confidences: results.flatMap(\.confidence), images: pixels, imageHeight: configuration.imageSize,
      imageWidth: configuration.imageSize, imageChannels: configuration.imageChannels,
      gridHeight: configuration.gridSize, gridWidth: configuration.gridSize, classNames: file.classNames,
      arm: settings.arm.name, seed: seed)
  }

  private func request(_ image: Int, seed: UInt64) -> GenerationRequest {
    let locations = file.model.configuration.locations
    let order: [Int]?
    switch settings.arm.order {
    case .greedy: order = nil
    case .raster: order = GenerationOrder.raster(locations)
    case .random:
      order = GenerationOrder.random(locations, seed: seed, purpose: "sample.order", UInt64(image))
    case .given: order = given?.order(of: image).map(Int.init)
    }
    return GenerationRequest(
      label: image % file.model.configuration.classes, order: order, image: UInt64(image), seed: seed)
  }
}
