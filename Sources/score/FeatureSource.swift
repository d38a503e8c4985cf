import Checkpoints
import Images
import Shards
import StageKit

/// Images whose features are wanted, from one of three places.
struct FeatureSource {
  let sampleIDs: [UInt64]
  let labels: [UInt32]
  let images: [Image]

  /// Generated images from sample shards.
  /// - Parameter tokenizer: decodes their tokens anew; nil takes their pixels.
  /// - Throws: `ShardError.mismatch` when the samples were decoded by another tokenizer.
  init(samples paths: [String], tokenizer: String? = nil) throws {
    let decoder = try tokenizer.map { try TokenizerFile(reading: $0) }
    let tables = try paths.map { path in
      var (table, header) = try SampleTable.read(path)
      guard let decoder else { return table }
      let origin = header.provenance.inputs.first { $0.role == "tokenizer" }?.contentID
      guard origin == decoder.contentID, table.gridHeight == decoder.tokenizer.configuration.gridSize,
        table.gridWidth == table.gridHeight
      else {
        throw ShardError.mismatch(
          path: path, expected: "samples of the tokenizer \(decoder.contentID) in its own size",
          found: "samples of \(origin ?? "no tokenizer") on a \(table.gridHeight)×\(table.gridWidth) grid")
      }
      table.images = decoder.tokenizer.decode(codes: table.tokens.map(Int.init), count: table.count)
      return table
    }
    sampleIDs = tables.flatMap(\.sampleIDs)
    labels = tables.flatMap(\.labels)
    images = tables.flatMap { table in
      (0..<table.count).map { record in
        Image(
          width: table.imageWidth, height: table.imageHeight, channels: table.imageChannels,
          pixels: Array(table.image(of: record)))
      }
    }
  }

  /// Real images.
  init(_ loaded: LabelledImages) {
    sampleIDs = loaded.sampleIDs
    labels = loaded.labels
    images = loaded.images
  }

  /// Reconstructions: what the tokenizer makes of token shards.
  /// - Throws: `ShardError.mismatch` when tokens and tokenizer do not belong together.
  init(tokens paths: [String], tokenizer path: String) throws {
    let file = try TokenizerFile(reading: path)
    let configuration = file.tokenizer.configuration
    var tables = [TokenTable]()
    var images = [Image]()
    for tokens in paths {
      let table = try TokenTable(reading: tokens)
      guard table.codebook == file.contentID else {
        throw ShardError.mismatch(
          path: tokens, expected: "tokens of the codebook \(file.contentID) in \(path)",
          found: "tokens of \(table.codebook)")
      }
      let bytes = file.tokenizer.decode(codes: table.tokens.map(Int.init), count: table.count)
      let (size, channels) = (configuration.imageSize, configuration.imageChannels)
      let count = size * size * channels
      images += (0..<table.count).map { record in
        Image(
          width: size, height: size, channels: channels,
          pixels: Array(bytes[record * count..<(record + 1) * count]))
      }
      tables.append(table)
    }
    sampleIDs = tables.flatMap(\.sampleIDs)
    labels = tables.flatMap(\.labels)
    self.images = images
  }
}

extension LabelledImages {
  /// The images as an input of what is made from them: a hash of ids, labels and pixels.
  var provenance: Provenance.Input {
    var hash = SHA256()
    for (index, image) in images.enumerated() {
      hash.update(Array("\(sampleIDs[index]) \(labels[index]) \(image.width)x\(image.height) ".utf8))
      hash.update(image.pixels)
    }
    return Provenance.Input(role: "images", name: split.rawValue, contentID: hash.hex())
  }
}

/// The shards that a path means: itself, or all shards of a kind if it is a folder.
func shardPaths(_ path: String, kind: ShardKind) throws -> [String] {
  path.hasSuffix(".shard") || path.hasSuffix(".safetensors") ? [path] : try ShardName.list(path, kind: kind)
}
