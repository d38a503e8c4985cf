import Files
import Images
import ModelStages
import Shards
import Weights

/// Images whose features are wanted. They pass by in stretches: all together may be more than memory holds.
protocol FeatureSource {
  var count: Int { get }

  /// Reads or decodes the images in their sequence.
  func forEachStretch(_ body: (ImageStretch) throws -> Void) throws
}

/// Some images beside each other; entry i of every array belongs to one of them.
struct ImageStretch {
  let sampleIDs: ArraySlice<UInt64>
  let labels: ArraySlice<UInt32>
  let images: [Image]

  /// The most images that a stretch has.
  static let length = 256

  /// Cuts what a shard holds into stretches.
  static func forEach(
    _ sampleIDs: [UInt64], _ labels: [UInt32], _ body: (ImageStretch) throws -> Void,
    images: (Range<Int>) throws -> [Image]
  ) throws {
    for start in stride(from: 0, to: sampleIDs.count, by: length) {
      let range = start..<min(start + length, sampleIDs.count)
      try body(
        ImageStretch(sampleIDs: sampleIDs[range], labels: labels[range], images: try images(range)))
    }
  }
}

/// The real images of a split.
struct RealImages: FeatureSource {
  let input: ImageInput

  var count: Int { input.count }

  func forEachStretch(_ body: (ImageStretch) throws -> Void) throws {
    let catalogue = input.images
    var remarks = DecodingRemarks()
    try ImageStretch.forEach(catalogue.sampleIDs, catalogue.labels, body) { range in
      let loaded = try catalogue.load(range)
      remarks.add(loaded.remarks)
      return loaded.images
    }
    input.pass(on: remarks)
  }
}

/// Generated images from sample shards, as they are there or decoded anew from their tokens.
struct SampledImages: FeatureSource {
  let count: Int
  private let paths: [String]
  private let decoder: TokenDecoder?

  /// - Parameter tokenizer: decodes the tokens anew; nil takes the pixels.
  init(_ paths: [String], tokenizer: String? = nil) throws {
    self.paths = paths
    decoder = try tokenizer.map { try TokenDecoder($0) }
    count = try paths.reduce(0) { try $0 + ShardHeader.peek($1).records }
  }

  /// - Throws: `ShardError.mismatch` when the samples were decoded by another tokenizer.
  func forEachStretch(_ body: (ImageStretch) throws -> Void) throws {
    for path in paths {
      let (table, header) = try SampleTable.read(path)
      if let decoder { try check(table, header, decoder.file, path) }
      try ImageStretch.forEach(table.sampleIDs, table.labels, body) { range in
        if let decoder { return decoder.images(of: table.tokens, range) }
        return range.map { record in
          Image(
            width: table.imageWidth, height: table.imageHeight, channels: table.imageChannels,
            pixels: Array(table.image(of: record)))
        }
      }
    }
  }

  private func check(
    _ table: SampleTable, _ header: ShardHeader, _ file: TokenizerFile, _ path: String
  ) throws {
    let origin = header.provenance.inputs.first { $0.role == "tokenizer" }?.contentID
    guard origin == file.contentID, table.gridHeight == file.tokenizer.configuration.gridSize,
      table.gridWidth == table.gridHeight
    else {
      throw ShardError.mismatch(
        path: path, expected: "samples of the tokenizer \(file.contentID) in its own size",
        found: "samples of \(origin ?? "no tokenizer") on a \(table.gridHeight)×\(table.gridWidth) grid")
    }
  }
}

/// Reconstructions: what the tokenizer makes of token shards.
struct Reconstructions: FeatureSource {
  let count: Int
  private let paths: [String]
  private let decoder: TokenDecoder

  init(_ paths: [String], tokenizer: String) throws {
    self.paths = paths
    decoder = try TokenDecoder(tokenizer)
    count = try paths.reduce(0) { try $0 + ShardHeader.peek($1).records }
  }

  /// - Throws: `ShardError.mismatch` when tokens and tokenizer do not belong together.
  func forEachStretch(_ body: (ImageStretch) throws -> Void) throws {
    for path in paths {
      let table = try decoder.table(path)
      try ImageStretch.forEach(table.sampleIDs, table.labels, body) { decoder.images(of: table.tokens, $0) }
    }
  }
}

/// Makes pictures of the codes in shards.
struct TokenDecoder {
  let file: TokenizerFile
  private let path: String

  init(_ path: String) throws {
    self.path = path
    file = try TokenizerFile(reading: path)
  }

  /// Reads a token shard.
  /// - Throws: `ShardError.mismatch` when it was made by another tokenizer.
  func table(_ tokens: String) throws -> TokenTable {
    let table = try TokenTable(reading: tokens)
    guard table.codebook == file.contentID else {
      throw ShardError.mismatch(
        path: tokens, expected: "tokens of the codebook \(file.contentID) in \(path)",
        found: "tokens of \(table.codebook)")
    }
    return table
  }

  /// The pictures of some records.
  func images(of tokens: [UInt16], _ records: some Collection<Int>) -> [Image] {
    let configuration = file.tokenizer.configuration
    let (size, channels, locations) = (
      configuration.imageSize, configuration.imageChannels, configuration.locations
    )
    let codes = records.flatMap { tokens[$0 * locations..<($0 + 1) * locations].map(Int.init) }
    let pixels = file.tokenizer.decode(codes: codes, count: records.count)
    let count = size * size * channels
    return stride(from: 0, to: pixels.count, by: count).map { start in
      Image(width: size, height: size, channels: channels, pixels: Array(pixels[start..<start + count]))
    }
  }
}

/// The shards that a path means: itself, or all shards of a kind if it is a folder.
func shardPaths(_ path: String, kind: ShardKind) throws -> [String] {
  isFolder(path) ? try ShardName.list(path, kind: kind) : [path]
}
