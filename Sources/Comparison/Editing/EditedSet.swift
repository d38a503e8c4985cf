import Features
import Foundation
import Shards

/// Test images completed in one way, with each of several sampling seeds.
public struct EditedSet {
  let name: String
  let tables: [SampleTable]
  let files: ArmFiles
  /// Of the images as they are, known pixels pasted.
  let features: LoadedFeatures?
  /// Of their tokens decoded.
  let decoded: LoadedFeatures?

  /// Names of the files that hold features of the images as they are, and of their tokens decoded.
  public static let features = ["features", "decoded"]

  /// Images, of all seeds.
  public var count: Int { tables.reduce(0) { $0 + $1.count } }

  /// What a set is called: the folder's name.
  public static func name(of folder: String) -> String { URL(filePath: folder).lastPathComponent }

  /// Reads a folder of completed images, with their features if `hasFeatures`.
  /// - Throws: `ShardError` for samples that are no completed images, or features of others.
  public init(_ folder: String, hasFeatures: Bool) throws {
    name = Self.name(of: folder)
    let paths = try ShardName.list(folder, kind: .samples)
    files = try ArmFiles(samples: paths, tokens: [])
    tables = files.tables
    for seed in files.seeds where seed.table.edit == nil {
      throw ShardError.mismatch(path: seed.path, expected: "completed images", found: "generated ones")
    }
    let ids = tables.flatMap(\.sampleIDs)
    let loaded = try Self.features.map { [name, files] file -> LoadedFeatures? in
      guard hasFeatures else { return nil }
      let path = "\(folder)/\(file).shard"
      let features = try LoadedFeatures([path], role: name)
      guard features.sampleIDs == ids else {
        throw ShardError.mismatch(
          path: path, expected: "features of the \(ids.count) images beside it",
          found: "features of other images")
      }
      try files.checkFeatures(FeatureFiles(path, features), decodedAnew: file == Self.features[1])
      return features
    }
    (features, decoded) = (loaded[0], loaded[1])
  }

  /// The share of pixels outside the mask that are as they were, by seed.
  var knownPixels: [Double] {
    tables.map { table in
      let channels = table.imageChannels
      var (equal, all) = (0, 0)
      for record in 0..<table.count {
        let mask = table.mask(of: record)
        let (before, after) = (Array(table.original(of: record)), Array(table.image(of: record)))
        for (pixel, isMasked) in mask.enumerated() where !isMasked {
          let bytes = pixel * channels..<(pixel + 1) * channels
          all += 1
          if before[bytes] == after[bytes] { equal += 1 }
        }
      }
      return Double(equal) / Double(max(all, 1))
    }
  }
}

extension EditedSet {
  /// Checks that all sets completed the same images, and those among the reconstructed ones.
  /// - Throws: `ShardError.mismatch` naming the file that does not belong to the others.
  public static func check(_ sets: [EditedSet], reconstructions: FeatureFiles) throws {
    guard let first = sets.first?.files.seeds.first else { return }
    let made = reconstructions.contentIDs("tokens")
    let decoders = reconstructions.contentIDs("tokenizer")
    for seed in sets.flatMap(\.files.seeds) where seed.table.sampleIDs != first.table.sampleIDs {
      throw ShardError.mismatch(
        path: seed.path, expected: "the completed images of \(first.path)", found: "other images")
    }
    for file in sets.flatMap(\.files.samples) {
      guard let made, let decoders else { continue }
      guard let tokenizer = ArmFiles.input("tokenizer", file.header), decoders == [tokenizer] else {
        throw ShardError.mismatch(
          path: reconstructions.path, expected: "reconstructions by the tokenizer of \(file.path)",
          found: "those by \(decoders.isEmpty ? "none" : decoders.joined(separator: ", "))")
      }
      let origins = file.header.provenance.inputs.filter { $0.role == "images" }.map(\.contentID)
      guard !origins.isEmpty, origins.allSatisfy(made.contains) else {
        throw ShardError.mismatch(
          path: reconstructions.path,
          expected: "reconstructions of the tokens that \(file.path) was made from",
          found: "those of other tokens")
      }
    }
  }
}
