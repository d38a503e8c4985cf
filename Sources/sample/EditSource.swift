import Files
import Images
import ModelStages
import Models
import Shards
import StageKit
import Weights

/// The images to complete: one PNG file, or those of shards.
struct EditSource {
  let inputs: [Provenance.Input]
  private let options: EditOptions
  private let paths: [String]

  /// One image with what is known of it before any mask.
  struct Picture {
    let id: UInt64
    let label: Int
    /// Its pixels.
    let original: Image
    /// Its codes where they come from a shard; else they are encoded once the mask is known.
    let codes: [Int]?
  }

  /// Looks up the files without reading them whole.
  init(_ options: EditOptions) throws {
    self.options = options
    if let image = options.image {
      paths = [image]
      inputs = [try Provenance.Input(role: "image", file: image)]
    } else {
      let given = options.tokens ?? ""
      let found = isFolder(given) ? try ShardName.list(given, kind: .tokens) : [given]
      paths = found
      inputs = try found.map { try Provenance.Input(role: "images", shard: $0) }
    }
  }

  /// Reads the images.
  /// - Throws: one sentence for an image of another size, tokens of another codebook, or a class that is not
  ///   there.
  func load(_ models: SampledModels, log: Log) throws -> [Picture] {
    let asked = try options.className.map { try ModelClasses(models.file).number(of: $0) }
    if let path = options.image { return [try picture(path, label: asked ?? 0, models, log: log)] }
    var pictures: [Picture] = []
    for path in paths where pictures.count < options.images ?? .max {
      pictures += try self.pictures(path, models)
    }
    let count = options.images ?? pictures.count
    guard pictures.count >= count, count > 0 else {
      throw StageError(
        .badData,
        "\(options.tokens ?? "") holds \(pictures.count) images, but --images asks for \(count). "
          + "Ask for fewer.")
    }
    if models.tokenizer.tokenizer.configuration.encoder == .convolutional {
      log.warning(
        "The tokens of a convolutional tokenizer have seen some of the pixels under the mask; "
          + "only --image hides these before encoding")
    }
    return pictures.prefix(count).map { picture in
      Picture(
        id: picture.id, label: asked ?? picture.label, original: picture.original, codes: picture.codes)
    }
  }

  private func picture(_ path: String, label: Int, _ models: SampledModels, log: Log) throws -> Picture {
    let decoded = try PictureFile.read(path, opacity: .onWhite)
    for note in decoded.notes { log.warning("In \(path), \(note)") }
    let sizes = models.tokenizer.tokenizer.configuration
    let image = decoded.image
    guard image.width == sizes.imageSize, image.height == sizes.imageSize else {
      throw StageError(
        .badData,
        "\(path) is \(image.width)x\(image.height) pixels, but the tokenizer's images are "
          + "\(sizes.imageSize)x\(sizes.imageSize). Scale or crop it to that size.")
    }
    guard image.channels == sizes.imageChannels else {
      throw StageError(
        .badData,
        "\(path) is a \(image.channels == 1 ? "grey" : "colour") image, but the tokenizer's images are "
          + "\(sizes.imageChannels == 1 ? "grey" : "in colour"). Convert it.")
    }
    return Picture(id: 0, label: label, original: image, codes: nil)
  }

  private func pictures(_ path: String, _ models: SampledModels) throws -> [Picture] {
    let tokenizer = models.tokenizer
    let sizes = tokenizer.tokenizer.configuration
    if try ShardHeader.peek(path).kind == .samples { return try samples(path, models) }
    let table = try TokenTable(reading: path)
    try models.file.check(tokens: table, path: options.models.model)
    let pixels = tokenizer.tokenizer.decode(codes: table.tokens.map(Int.init), count: table.count)
    return (0..<table.count).map { record in
      Picture(
        id: table.sampleIDs[record], label: Int(table.labels[record]),
        original: Image(
          width: sizes.imageSize, height: sizes.imageSize, channels: sizes.imageChannels,
          pixels: Array(pixels[record * sizes.imageValues..<(record + 1) * sizes.imageValues])),
        codes: table.tokens(of: record).map(Int.init))
    }
  }

  private func samples(_ path: String, _ models: SampledModels) throws -> [Picture] {
    let (table, header) = try SampleTable.read(path)
    let sizes = models.tokenizer.tokenizer.configuration
    let origin = header.provenance.inputs.first { $0.role == "tokenizer" }?.contentID
    guard origin == models.tokenizer.contentID, table.gridHeight == sizes.gridSize,
      table.gridWidth == sizes.gridSize, table.imageHeight == sizes.imageSize,
      table.imageChannels == sizes.imageChannels, table.tokens.allSatisfy({ $0 < sizes.codes })
    else {
      throw ShardError.mismatch(
        path: path, expected: "samples of the tokenizer \(models.tokenizer.contentID) in its own size",
        found: "samples of \(origin ?? "no tokenizer") on a \(table.gridHeight)×\(table.gridWidth) grid")
    }
    return (0..<table.count).map { record in
      Picture(
        id: table.sampleIDs[record], label: Int(table.labels[record]),
        original: Image(
          width: table.imageWidth, height: table.imageHeight, channels: table.imageChannels,
          pixels: Array(table.image(of: record))),
        codes: table.tokens(of: record).map(Int.init))
    }
  }
}
