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
    let asked = try asked(models, log: log)
    if let path = options.image {
      return EditImages([.picture(try picture(path, models, log: log))], count: 1, asked: asked)
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
    return EditImages(parts, count: count, asked: asked)
  }

  /// What the options ask for in place of an image's own class or caption.
  /// - Throws: exit code 64 for a class or prompt that the model does not draw, and where the images have none of
  ///   their own.
  private func asked(_ models: SampledModels, log: Log) throws -> (label: Int, condition: Condition)? {
    let path = options.models.model
    let prompts = try options.models.words.conditions(for: models.file, path: path, log: log)
    guard prompts.count <= 1 else {
      throw StageError(.usage, "Images are completed from one --prompt, found \(prompts.count). Give one.")
    }
    if let prompt = prompts.first { return (0, prompt) }
    if let name = options.className {
      let label = try ModelClasses(models.file).number(of: name)
      return (label, .label(label))
    }
    let kinds = options.image == nil ? try paths.map { try ShardHeader.peek($0).kind } : []
    let haveCaptions = !kinds.isEmpty && kinds.allSatisfy { $0 == .tokens }
    if models.file.model.configuration.text != nil, !haveCaptions {
      throw StageError(
        .usage,
        "\(path) is a model of captions, which only shards of tokens have: give --prompt with --text-tokenizer."
      )
    }
    return nil
  }

  private func picture(_ path: String, _ models: SampledModels, log: Log) throws -> EditedPicture {
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
    return EditedPicture(id: 0, label: 0, condition: .unconditional, original: image, codes: nil)
  }

  private func part(_ path: String, _ models: SampledModels) throws -> EditImages.Part {
    if try ShardHeader.peek(path).kind == .samples { return .samples(try samples(path, models)) }
    return .tokens(
      try ConditionedTokens(path, of: models.file, path: options.models.model), models.tokenizer.tokenizer)
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
