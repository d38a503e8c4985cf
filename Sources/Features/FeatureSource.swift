import Files
import Images
import Shards
import Weights

/// Images whose features are wanted. They pass by in stretches: all together may be more than memory holds.
public protocol FeatureSource {
  /// Images.
  var count: Int { get }

  /// Reads or decodes the images in their sequence.
  func forEachStretch(_ body: (ImageStretch) throws -> Void) throws
}

/// Some images beside each other; entry i of every array belongs to one of them.
public struct ImageStretch {
  public let sampleIDs: ArraySlice<UInt64>
  public let labels: ArraySlice<UInt32>
  public let images: [Image]

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
public struct RealImages: FeatureSource {
  private let images: ImageCatalogue
  private let passOn: (DecodingRemarks) -> Void

  /// - Parameter passOn: is told once what was odd about the files of the images.
  public init(_ images: ImageCatalogue, passOn: @escaping (DecodingRemarks) -> Void) {
    self.images = images
    self.passOn = passOn
  }

  public var count: Int { images.count }

  public func forEachStretch(_ body: (ImageStretch) throws -> Void) throws {
    var remarks = DecodingRemarks()
    try ImageStretch.forEach(images.sampleIDs, images.labels, body) { range in
      let loaded = try images.load(range)
      remarks.add(loaded.remarks)
      return loaded.images
    }
    passOn(remarks)
  }
}

/// Generated images from sample shards, as they are there or decoded anew from their tokens.
public struct SampledImages: FeatureSource {
  public let count: Int
  private let paths: [String]
  private let decoder: TokenDecoder?

  /// - Parameter tokenizer: decodes the tokens anew; nil takes the pixels.
  public init(_ paths: [String], tokenizer: String? = nil) throws {
    self.paths = paths
    decoder = try tokenizer.map { try TokenDecoder($0) }
    count = try paths.reduce(0) { try $0 + ShardHeader.peek($1).records }
  }

  /// - Throws: `ShardError.mismatch` when the samples were decoded by another tokenizer.
  public func forEachStretch(_ body: (ImageStretch) throws -> Void) throws {
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
public struct Reconstructions: FeatureSource {
  public let count: Int
  private let paths: [String]
  private let decoder: TokenDecoder

  /// - Parameters:
  ///   - paths: token shards.
  ///   - tokenizer: the weights shard of the tokenizer that made them.
  public init(_ paths: [String], tokenizer: String) throws {
    self.paths = paths
    decoder = try TokenDecoder(tokenizer)
    count = try paths.reduce(0) { try $0 + ShardHeader.peek($1).records }
  }

  /// - Throws: `ShardError.mismatch` when tokens and tokenizer do not belong together.
  public func forEachStretch(_ body: (ImageStretch) throws -> Void) throws {
    for path in paths {
      let table = try decoder.table(path)
      try ImageStretch.forEach(table.sampleIDs, table.labels, body) { decoder.images(of: table.tokens, $0) }
    }
  }
}

/// The shards that a path means: itself, or all shards of a kind if it is a folder.
public func shardPaths(_ path: String, kind: ShardKind) throws -> [String] {
  isFolder(path) ? try ShardName.list(path, kind: kind) : [path]
}
