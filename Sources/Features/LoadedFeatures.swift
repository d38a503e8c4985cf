import Files
import Formats
import Foundation
import Metrics
import Shards

/// Features read from shards of `score features`, or from a safetensors file that a user supplies.
public struct LoadedFeatures: Sendable {
  /// What the features are coordinates in.
  public let space: FeatureSpace
  /// Ids of the images, where the files know them.
  public let sampleIDs: [UInt64]?
  /// (count, space.dimension).
  public let values: [Float]
  /// The files, as inputs of what is made of them.
  public let inputs: [Provenance.Input]
  /// Classes of the images, where the files know them.
  public private(set) var labels: [UInt32]?
  /// What each file was made from; nil for features that a user supplies.
  public private(set) var origins: [Provenance]?

  /// Images.
  public var count: Int { values.count / space.dimension }

  /// What one file holds; a file that a user supplies knows no ids, labels and origin.
  private struct File {
    let space: FeatureSpace
    let ids: [UInt64]?
    let values: [Float]
    let input: Provenance.Input
    let labels: [UInt32]?
    let origin: Provenance?
  }

  /// Reads one or more files or folders and joins them in order.
  ///
  /// A safetensors file holds one array (images, features) named `features`; its metadata may name the
  /// `extractor`.
  /// - Throws: `ShardError` or `FormatError` for bad files, `ShardError.mismatch` for different
  ///   spaces.
  public init(_ paths: [String], role: String) throws {
    var files = [File]()
    for path in try paths.flatMap({ try shardPaths($0, kind: .features) }) {
      files.append(
        path.hasSuffix(".safetensors")
          ? try Self.supplied(path, role: role) : try Self.computed(path, role: role))
      guard let first = files.first, files.last?.space == first.space else {
        throw ShardError.mismatch(
          path: path, expected: "features by \(files[0].space)", found: "features by another extractor")
      }
    }
    guard let first = files.first else {
      throw FileError.missing(path: paths.first ?? "a feature shard")
    }
    space = first.space
    let ids = files.compactMap(\.ids)
    sampleIDs = ids.count == files.count ? ids.flatMap { $0 } : nil
    values = files.flatMap(\.values)
    inputs = files.map(\.input)
    let labels = files.compactMap(\.labels)
    self.labels = labels.count == files.count ? labels.flatMap { $0 } : nil
    let origins = files.compactMap(\.origin)
    self.origins = origins.count == files.count ? origins : nil
  }

  private static func computed(
    _ path: String, role: String
  ) throws -> File {
    let (table, header) = try FeatureTable.read(path)
    guard let space = FeatureSpace(table.extractor), space.dimension == table.dimension else {
      throw ShardError.mismatch(
        path: path, expected: "features of \(table.dimension) dimensions by a known extractor",
        found: "'\(table.extractor)'")
    }
    return File(
      space: space, ids: table.sampleIDs, values: table.features,
      input: try Provenance.Input(role: role, shard: path), labels: table.labels, origin: header.provenance)
  }

  private static func supplied(
    _ path: String, role: String
  ) throws -> File {
    let file = try Safetensors(reading: path)
    guard let tensor = file["features"], tensor.shape.count == 2, tensor.shape[1] > 0, tensor.integers == nil
    else {
      let found = file.tensors.map { "\($0.name) \($0.type.rawValue) \($0.shape)" }.joined(separator: ", ")
      throw FormatError.mismatch(
        path: path, expected: "one array 'features' of shape [images, features] and a floating type",
        found: found.isEmpty ? "no array" : found)
    }
    let values = tensor.floats
    _ = try FeatureSet(path, dimension: tensor.shape[1], values: values)  // names an image that is not finite
    let name = file.metadata["extractor"] ?? "features"
    let input = Provenance.Input(
      role: role, name: URL(filePath: path).lastPathComponent,
      contentID: try ReadableFile.hash(of: path))
    return File(
      space: FeatureSpace(supplied: name, dimension: tensor.shape[1]), ids: nil, values: values,
      input: input,
      labels: nil, origin: nil)
  }

  /// The features of consecutive images.
  public func part(_ images: Range<Int>) -> LoadedFeatures {
    LoadedFeatures(
      space: space, sampleIDs: sampleIDs.map { Array($0[images]) },
      values: Array(
        values[images.lowerBound * space.dimension..<images.upperBound * space.dimension]),
      inputs: inputs)
  }

  /// Features that were computed just now, or kept of an earlier time.
  public init(_ table: FeatureTable, _ space: FeatureSpace, inputs: [Provenance.Input]) {
    self.init(space: space, sampleIDs: table.sampleIDs, values: table.features, inputs: inputs)
  }

  private init(space: FeatureSpace, sampleIDs: [UInt64]?, values: [Float], inputs: [Provenance.Input]) {
    self.space = space
    self.sampleIDs = sampleIDs
    self.values = values
    self.inputs = inputs
  }

  /// The features of one layer of the images at some positions.
  /// - Throws: `MetricError.notFinite` naming the first image with a bad value.
  public func set(_ name: String, layer index: Int, images: some Collection<Int>) throws -> FeatureSet {
    let before = space.layers[..<index].reduce(0) { $0 + $1.dimension }
    let dimension = space.layers[index].dimension
    var chosen = [Float]()
    chosen.reserveCapacity(images.count * dimension)
    for image in images {
      let start = image * space.dimension + before
      chosen += values[start..<start + dimension]
    }
    return try FeatureSet(name, dimension: dimension, values: chosen)
  }
}
