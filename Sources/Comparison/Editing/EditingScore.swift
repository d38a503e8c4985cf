import Features
import Metrics
import Shards

/// Fréchet distances of completed test images from test images that were not touched, in the tokenizer's own
/// terms: both sides as decoded from codes, so that only the model makes a difference.
///
/// Completed images hold parts of the very images that they were made from. Were these in the reference as
/// well, every distance would come out too small, and the more so the less was masked.
public struct EditingScore {
  let sets: [EditedSet]
  let reconstructions: LoadedFeatures?
  private let settings: MeasurementSettings
  /// Positions among the reconstructions: of the images that were completed, and of the others.
  private let completed: [Int]
  private let others: [Int]

  /// - Parameters:
  ///   - reconstructions: features of all test images' reconstructions; nil to measure without.
  ///   - path: of the reconstructions, for errors.
  /// - Throws: `ShardError.mismatch` when features come from different extractors or of other images, or no
  ///   image is left to compare with.
  public init(
    sets: [EditedSet], reconstructions: LoadedFeatures?, path: String, settings: ScoreSection
  ) throws {
    self.settings = MeasurementSettings(settings)
    self.sets = sets
    self.reconstructions = reconstructions
    let ids = Set(sets.flatMap { $0.tables.flatMap(\.sampleIDs) })
    let known = reconstructions?.sampleIDs ?? []
    completed = known.indices.filter { ids.contains(known[$0]) }
    others = known.indices.filter { !ids.contains(known[$0]) }
    guard let reconstructions else { return }
    guard completed.count == ids.count else {
      throw ShardError.mismatch(
        path: path, expected: "reconstructions of the \(ids.count) completed images among others",
        found: "only \(completed.count) of them")
    }
    guard others.count > 1 else {
      throw ShardError.mismatch(
        path: path, expected: "test images that were not completed, to compare with; lower editing.images",
        found: "\(others.count)")
    }
    if let other = sets.first(where: {
      $0.features?.space != reconstructions.space
        || $0.decoded?.space != reconstructions.space
    }) {
      throw ShardError.mismatch(
        path: path, expected: "features by the extractor of \(other.name)",
        found: "\(reconstructions.space)")
    }
  }

  /// Measures everything that can be.
  public func record() throws -> EditingRecord {
    EditingRecord(
      edits: try sets.map { set in
        let first = set.tables[0]
        return EditingRecord.Edit(
          name: set.name, arm: first.arm, edit: first.edit?.facts ?? .null, seeds: set.tables.map(\.seed),
          images: first.count, knownPixels: SeedSpread(set.knownPixels),
          pasted: try distances(set, set.features), decoded: try distances(set, set.decoded))
      }, floors: try floors(),
      counts: EditingRecord.Counts(completed: completed.count, others: others.count))
  }

  /// The distance in every layer, by seed.
  private func distances(_ set: EditedSet, _ features: LoadedFeatures?) throws -> [EditingRecord.Distance] {
    guard let features else { return [] }
    return try measurements { layer in
      var start = 0
      return try set.tables.map { table in
        defer { start += table.count }
        return try features.set(
          "images of seed \(table.seed)", layer: layer, images: start..<start + table.count)
      }
    }.map { measurement, measured in
      let spread = SeedSpread(measured.values)
      return EditingRecord.Distance(
        name: measurement.name(of: .frechet), layer: measurement.layer.name, values: spread.values,
        mean: spread.mean, standardError: spread.standardError)
    }
  }

  /// What perfect completion would score: the completed images as they were.
  private func floors() throws -> [EditingRecord.Floor] {
    try measurements { layer in
      try [reconstructions?.set("the completed images", layer: layer, images: completed)].compactMap { $0 }
    }.map { measurement, measured in
      EditingRecord.Floor(
        name: measurement.name(of: .frechet), layer: measurement.layer.name, value: measured.values[0],
        isRankDeficient: !measurement.rankDeficient.isEmpty)
    }
  }

  /// Fréchet distances of some sets from the images that were not completed, in every layer; none without features.
  /// - Parameter generated: the sets in a layer.
  private func measurements(
    _ generated: (_ layer: Int) throws -> [FeatureSet]
  ) throws -> [(LayerMeasurement, Measured)] {
    guard let reconstructions else { return [] }
    return try reconstructions.space.layers.indices.flatMap { layer in
      let reference = try reconstructions.set("the other test images", layer: layer, images: others)
      var measurement = LayerMeasurement(
        reconstructions.space, layer: layer, reference: LayerSide(reference),
        generated: try generated(layer).map { LayerSide($0) }, settings: settings)
      return try measurement.measure(.fid).map { (measurement, $0) }
    }
  }
}
