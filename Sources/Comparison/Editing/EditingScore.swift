import Features
import Files
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
  /// Positions among the reconstructions: of the images that were completed, and of the others.
  private let completed: [Int]
  private let others: [Int]

  /// - Parameter path: of the reconstructions, for errors.
  /// - Throws: `ShardError.mismatch` when features come from different extractors or of other images, or no
  ///   image
  ///   is left to compare with.
  public init(sets: [EditedSet], reconstructions: LoadedFeatures?, path: String) throws {
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

  /// Everything as JSON.
  public func json() throws -> JSONValue {
    var entries: [JSONValue] = []
    for set in sets {
      let first = set.tables[0]
      var entry: [String: JSONValue] = [
        "name": .string(set.name), "arm": .string(first.arm), "edit": first.edit?.facts ?? .null,
        "seeds": .array(set.tables.map { JSONValue($0.seed) }), "images": .integer(first.count),
        "known_pixels": .object(SampleStatistics.spread(set.knownPixels)),
      ]
      entry["metrics"] = .array(try distances(set, set.features))
      entry["decoded_metrics"] = .array(try distances(set, set.decoded))
      entries.append(.object(entry))
    }
    return .object([
      "edits": .array(entries), "floors": .array(try floors()),
      "counts": ["completed": .integer(completed.count), "others": .integer(others.count)],
    ])
  }

  /// The distance in every layer, by seed.
  private func distances(_ set: EditedSet, _ features: LoadedFeatures?) throws -> [JSONValue] {
    guard let reconstructions, let features else { return [] }
    return try reconstructions.space.layers.indices.map { layer in
      let reference = try FrechetDistance.Factor(
        reconstructions.set("the other test images", layer: layer, images: others))
      var start = 0
      let parts = set.tables.map { table in
        defer { start += table.count }
        return start..<start + table.count
      }
      let values = try concurrently(parts.count) { index in
        let generated = try features.set(
          "images of seed \(set.tables[index].seed)", layer: layer, images: parts[index])
        return try FrechetDistance(FrechetDistance.Factor(generated), reference).value
      }
      return .object(named(layer).merging(SampleStatistics.spread(values)) { _, new in new })
    }
  }

  /// What perfect completion would score: the completed images as they were.
  private func floors() throws -> [JSONValue] {
    guard let reconstructions else { return [] }
    return try reconstructions.space.layers.indices.map { layer in
      let distance = try FrechetDistance(
        generated: reconstructions.set("the completed images", layer: layer, images: completed),
        reference: reconstructions.set("the other test images", layer: layer, images: others))
      var entry = named(layer)
      entry["value"] = .number(distance.value)
      entry["rank_deficient"] = .bool(distance.rankDeficient)
      return .object(entry)
    }
  }

  private func named(_ layer: Int) -> [String: JSONValue] {
    guard let space = reconstructions?.space else { return [:] }
    return [
      "name": .string(space.metric("FD", space.layers[layer])),
      "layer": .string(space.layers[layer].name),
    ]
  }
}
