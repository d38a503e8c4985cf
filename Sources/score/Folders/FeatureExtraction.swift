import Files
import Foundation
import Images
import Metrics
import ModelStages
import Shards
import StageKit

/// Runs images through a network a portion at a time, or takes what a cache kept of them.
struct FeatureExtraction {
  let network: any PictureNetwork
  /// A folder of feature shards, named by the hash of the images and the hash of the extractor; nil for none.
  let cache: String?
  let stage: StageRun

  /// Images decoded and kept in memory at a time; fixed, so that results do not depend on anything else.
  private static let portion = 256

  /// The features of all images and what was met while reading them.
  ///
  /// - Throws: `ImageError` for a file that cannot be read; exit code 65 naming an image whose features are
  ///   not finite.
  func features(of pictures: any Pictures) throws -> (LoadedFeatures, PictureSummary) {
    let extractor = network.extractor.description
    let provenance = Provenance(
      stage: Score.name, algorithm: Score.algorithm, configID: key, seed: 0,
      inputs: [pictures.identity, network.input])
    let stem = stem(of: pictures)
    if let stem {
      if let kept = kept(stem, provenance, pictures.path) { return kept }
      try stage.check(stem + ".shard", option: "--cache", .shard(.features), inputs: [pictures.path])
    }
    var summary = PictureSummary()
    var values = [Float]()
    values.reserveCapacity(pictures.count * network.extractor.dimension)
    let progress = Progress(
      "score \(pictures.path)", total: pictures.count, unit: "images", log: stage.log,
      options: stage.options)
    for start in stride(from: 0, to: pictures.count, by: Self.portion) {
      let range = start..<min(start + Self.portion, pictures.count)
      let decoded = try concurrently(range.count) { try pictures.load(range.lowerBound + $0) }
      for (index, picture) in zip(range, decoded) {
        summary.add(picture, format: pictures.format(of: index), name: pictures.name(of: index))
      }
      values += try network.features(of: decoded.map(\.image)) { done in
        progress.advance(by: done)
        try StopRequest.check()
      }
    }
    progress.finish()
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw StageError(
        .badData,
        "\(pictures.name(of: bad / network.extractor.dimension)) has features that are not finite "
          + "(\(values[bad])) under \(extractor). Look at that image and at the weights.")
    }
    let table = FeatureTable(
      sampleIDs: (0..<UInt64(pictures.count)).map { $0 },
      labels: pictures.labels ?? [UInt32](repeating: 0, count: pictures.count), features: values,
      dimension: network.extractor.dimension, extractor: extractor)
    if let stem {
      let contentID = try table.write(to: stem + ".shard", provenance: provenance)
      try writeAtomically(Array((summary.json.prettyText + "\n").utf8), to: stem + ".json")
      stage.log.info(
        .wrote, "kept the features of \(pictures.path) in \(stem).shard", ["content_id": contentID])
    }
    return (LoadedFeatures(table, network.extractor, inputs: [pictures.identity, network.input]), summary)
  }

  /// Whether features of these images are in the cache already.
  func isKept(_ pictures: any Pictures) -> Bool {
    stem(of: pictures).map { FileManager.default.fileExists(atPath: $0 + ".shard") } ?? false
  }

  /// The hash of everything about the network that changes features.
  private var key: String { SHA256.hex(Array(network.extractor.description.utf8)) }

  /// Where the cache keeps features of these images, without the ending; nil without a cache.
  private func stem(of pictures: any Pictures) -> String? {
    cache.map { "\($0)/features-\(pictures.identity.contentID.prefix(16))-\(key.prefix(16))" }
  }

  /// What the cache holds, if it verifies and was made from the very same images, weights and algorithm.
  private func kept(
    _ stem: String, _ wanted: Provenance, _ path: String
  ) -> (LoadedFeatures, PictureSummary)? {
    guard !stage.options.force, FileManager.default.fileExists(atPath: stem + ".shard") else { return nil }
    guard let (table, header) = try? FeatureTable.read(stem + ".shard"), header.provenance == wanted,
      let bytes = try? ReadableFile.bytes(of: stem + ".json"), let json = try? JSONValue(parsing: bytes),
      let summary = PictureSummary(json: json), summary.count == table.count
    else {
      stage.log.warning(
        "\(stem).shard does not verify or is of other images; its features are computed again")
      return nil
    }
    stage.log.info(.unchanged, "the features of \(path) are taken from \(stem).shard")
    return (LoadedFeatures(table, network.extractor, inputs: wanted.inputs), summary)
  }
}
