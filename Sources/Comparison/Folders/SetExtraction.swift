import Features
import Files
import Shards
import StageKit

/// Runs pictures through a network, or takes what a cache kept of them.
struct SetExtraction {
  private let network: any FeatureNetwork
  private let cache: FeatureCache?
  private let algorithm: Int
  private let stage: StageRun

  /// - Parameters:
  ///   - cache: a folder that keeps features; nil for none.
  ///   - algorithm: the program's number, for kept features.
  init(_ network: any FeatureNetwork, cache folder: String?, algorithm: Int, stage: StageRun) {
    self.network = network
    cache = folder.map { FeatureCache($0, space: network.space) }
    self.algorithm = algorithm
    self.stage = stage
  }

  /// Whether features of these images are in the cache already.
  func isKept(_ pictures: any PictureSet) -> Bool { cache?.holds(pictures) ?? false }

  /// The features of all images and what was met while reading them.
  /// - Throws: `ImageError` for a file that cannot be read; `FeatureFailure` naming an image whose features are not
  ///   finite.
  func features(of pictures: any PictureSet) throws -> (LoadedFeatures, PictureSummary) {
    let provenance = stage.provenance(
      algorithm: algorithm, configID: SHA256.hex(Array(network.space.description.utf8)),
      inputs: [pictures.identity, network.input])
    if let cache {
      if let kept = kept(pictures, in: cache, provenance) { return kept }
      try stage.check(
        cache.shard(of: pictures), option: "--cache", .shard(.features), inputs: [pictures.path])
    }
    let progress = Progress(
      "score \(pictures.path)", total: pictures.count, unit: "images", log: stage.log,
      options: stage.options)
    let source = SummarisedPictures(pictures)
    let table = try network.table(of: source) { done in
      progress.advance(by: done)
      try StopRequest.check()
    }
    progress.finish()
    if let bad = table.features.firstIndex(where: { !$0.isFinite }) {
      throw FeatureFailure.notFinite(
        image: pictures.name(of: bad / table.dimension), found: table.features[bad], space: network.space)
    }
    if let cache {
      let contentID = try cache.keep(table, source.summary, of: pictures, madeAs: provenance)
      stage.log.info(
        .wrote, "kept the features of \(pictures.path) in \(cache.shard(of: pictures))",
        ["content_id": contentID])
    }
    return (LoadedFeatures(table, network.space, inputs: provenance.inputs), source.summary)
  }

  private func kept(
    _ pictures: any PictureSet, in cache: FeatureCache, _ provenance: Provenance
  ) -> (LoadedFeatures, PictureSummary)? {
    guard !stage.options.force, cache.holds(pictures) else { return nil }
    let shard = cache.shard(of: pictures)
    guard let (features, summary) = cache.features(of: pictures, madeAs: provenance) else {
      stage.log.warning(
        "\(shard) does not verify or is of other images; its features are computed again")
      return nil
    }
    stage.log.info(.unchanged, "the features of \(pictures.path) are taken from \(shard)")
    return (features, summary)
  }
}
