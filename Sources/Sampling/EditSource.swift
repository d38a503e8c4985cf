import EngineKit
import Files
import Images
import Models
import Shards
import StageKit
import Weights

/// The images to complete: one PNG file, or those of shards.
struct EditSource {
  let inputs: [Provenance.Input]
  private let options: EditOptions
  private let paths: [String]

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

  /// Reads what the images are made of.
  /// - Throws: one sentence for an image of another size, tokens of another codebook, or a class that is not
  ///   there.
  func load(_ models: SampledModels, log: Log) throws -> EditImages {
    let asked = try options.className.map { try ModelClasses(models.file).number(of: $0) }
    if let path = options.image {
      return EditImages([.picture(try picture(path, label: asked ?? 0, models, log: log))], count: 1)
    }
    var parts: [EditImages.Part] = []
    var there = 0
    for path in paths where there < options.images ?? .max {
      let part = try part(path, models)
      parts.append(part)
      there += part.count
    }
    let count = options.images ?? there
    guard there >= count, count > 0 else {
      throw StageError(
        .badData,
        "\(options.tokens ?? "") holds \(there) images, but --images asks for \(count). "
          + "Ask for fewer.")
    }
    if models.tokenizer.tokenizer.configuration.encoder == .convolutional {
      log.warning(
        "The tokens of a convolutional tokenizer have seen some of the pixels under the mask; "
          + "only --image hides these before encoding")
    }
    return EditImages(parts, count: count, label: asked)
  }

  private func picture(_ path: String, label: Int, _ models: SampledModels, log: Log) throws -> EditedPicture
  {
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
    return EditedPicture(id: 0, label: label, original: image, codes: nil)
  }

  private func part(_ path: String, _ models: SampledModels) throws -> EditImages.Part {
    if try ShardHeader.peek(path).kind == .samples { return .samples(try samples(path, models)) }
    let table = try TokenTable(reading: path)
    try models.file.check(tokens: table, path: options.models.model)
    return .tokens(table, models.tokenizer.tokenizer)
  }

  private func samples(_ path: String, _ models: SampledModels) throws -> SampleTable {
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
    return table
  }
}
